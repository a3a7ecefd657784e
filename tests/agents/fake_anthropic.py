"""A scripted model that speaks Anthropic's Messages (POST /v1/messages), streamed or not."""
import json

from fake_model import FakeModel, event, flat

USAGE = {"input_tokens": 10, "output_tokens": 5, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}


class Messages(FakeModel):
    def listing(self, path):
        return {"data": [], "has_more": False}

    def tools(self, body):
        return [(t["name"], None) for t in body.get("tools") or [] if "name" in t]

    def tool_results(self, body):
        blocks = [b for m in body.get("messages", []) if isinstance(m["content"], list) for b in m["content"]]
        return [flat(b.get("content")) for b in blocks if b.get("type") == "tool_result" and b["tool_use_id"].startswith("toolu_kdoc")]

    def answer(self, path, body):
        if "count_tokens" in path:
            return {"input_tokens": 10}
        if "/messages" not in path:
            return {}
        return super().answer(path, body)

    def reply(self, path, body, call, text):
        block, reason, delta = {"type": "text", "text": ""}, "end_turn", {"type": "text_delta", "text": text}
        if call:
            block, reason = {"type": "tool_use", "id": "toolu_kdoc%d" % call[0], "name": call[1], "input": {}}, "tool_use"
            delta = {"type": "input_json_delta", "partial_json": json.dumps(call[3])}
        message = {"id": "msg_%d" % len(self.requests), "type": "message", "role": "assistant", "model": body.get("model"), "content": [],
                   "stop_reason": None, "stop_sequence": None, "usage": USAGE}
        if not body.get("stream"):
            whole = dict(block, **({"input": call[3]} if call else {"text": text}))
            return dict(message, content=[whole], stop_reason=reason)
        events = [("message_start", {"message": message}), ("content_block_start", {"index": 0, "content_block": block}),
                  ("content_block_delta", {"index": 0, "delta": delta}), ("content_block_stop", {"index": 0}),
                  ("message_delta", {"delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 5}}),
                  ("message_stop", {})]
        return [event(dict(data, type=name), name) for name, data in events]
