"""A scripted model that speaks OpenAI's chat completions (POST /v1/chat/completions), streamed or not."""
import json

from fake_model import FakeModel, event, flat

USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


class Chat(FakeModel):
    def listing(self, path):
        return {"object": "list", "data": [{"id": "fake-1", "object": "model"}]}

    def tools(self, body):
        return [(t["function"]["name"], None) for t in body.get("tools") or [] if t.get("type") == "function"]

    def tool_results(self, body):
        return [flat(m["content"]) for m in body["messages"] if m.get("role") == "tool"]

    def reply(self, path, body, call, text):
        message, reason = {"role": "assistant", "content": text}, "stop"
        if call:
            message["tool_calls"] = [{"index": 0, "id": "call_%d" % call[0], "type": "function",
                                      "function": {"name": call[1], "arguments": json.dumps(call[3])}}]
            reason = "tool_calls"
        base = {"id": "chatcmpl-%d" % len(self.requests), "created": 1, "model": body.get("model", "fake-1")}
        if not body.get("stream"):
            return dict(base, object="chat.completion", choices=[{"index": 0, "message": message, "finish_reason": reason}], usage=USAGE)
        base["object"] = "chat.completion.chunk"
        chunks = [dict(base, choices=[{"index": 0, "delta": message, "finish_reason": None}]),
                  dict(base, choices=[{"index": 0, "delta": {}, "finish_reason": reason}]), dict(base, choices=[], usage=USAGE)]
        return [event(c) for c in chunks] + ["data: [DONE]\n\n"]
