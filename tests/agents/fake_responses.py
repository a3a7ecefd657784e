"""A scripted model that speaks OpenAI's responses (POST /v1/responses), streamed."""
import json

from fake_model import FakeModel, event, flat

USAGE = {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 5,
         "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 15}


class Responses(FakeModel):
    def tools(self, body):
        found = []
        for t in body.get("tools") or []:
            if t.get("type") == "function":
                found.append((t["name"], None))
            elif t.get("type") == "namespace":  # tools of one server; a call names both
                found += [(inner["name"], t["name"]) for inner in t.get("tools", []) if inner.get("type") == "function"]
        return found

    def tool_results(self, body):
        return [flat(i.get("output")) for i in body["input"] if isinstance(i, dict) and i.get("type") == "function_call_output"]

    def reply(self, path, body, call, text):
        number = len(self.requests)
        item = {"type": "message", "id": "msg_%d" % number, "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": text, "annotations": []}]}
        if call:
            item = {"type": "function_call", "id": "fc_%d" % number, "call_id": "call_%d" % call[0], "name": call[1],
                    "arguments": json.dumps(call[3]), "status": "completed"}
            if call[2]:
                item["namespace"] = call[2]
        whole = {"id": "resp_%d" % number, "object": "response", "created_at": 1, "status": "completed", "model": body.get("model"),
                 "output": [item], "usage": USAGE}
        if not body.get("stream"):
            return whole
        events = [("response.created", {"response": dict(whole, status="in_progress", output=[])}),
                  ("response.output_item.added", {"output_index": 0, "item": item}),
                  ("response.output_item.done", {"output_index": 0, "item": item}), ("response.completed", {"response": whole})]
        return [event(dict(data, type=name, sequence_number=i), name) for i, (name, data) in enumerate(events)]
