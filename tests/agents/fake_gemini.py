"""A scripted model that speaks Gemini's generateContent (POST /v1beta/models/M:generateContent, :streamGenerateContent)."""
import json

from fake_model import FakeModel, event, flat

USAGE = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}
# Gemini CLI asks its model for small decisions in JSON; this satisfies those it is known to ask for.
DECISION = {"reasoning": "scripted", "next_speaker": "user", "model_choice": "pro", "complexity_reasoning": "scripted", "complexity_score": 50}


class Gemini(FakeModel):
    def tools(self, body):
        return [(f["name"], None) for t in body.get("tools") or [] for f in t.get("functionDeclarations") or []]

    def tool_results(self, body):
        parts = [p for c in body.get("contents", []) for p in c.get("parts", [])]
        return [flat(p["functionResponse"].get("response")) for p in parts if "functionResponse" in p]

    def answer(self, path, body):
        if ":countTokens" in path:
            return {"totalTokens": 10}
        return super().answer(path, body)

    def reply(self, path, body, call, text):
        if call:
            part = {"functionCall": {"id": "call_%d" % call[0], "name": call[1], "args": call[3]}}
        elif body.get("generationConfig", {}).get("responseMimeType") == "application/json":
            part = {"text": json.dumps(DECISION)}
        else:
            part = {"text": text}
        answer = {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
                  "usageMetadata": USAGE, "modelVersion": "fake"}
        return [event(answer)] if ":streamGenerateContent" in path else answer
