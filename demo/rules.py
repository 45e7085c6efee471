"""`echo-rules`: a tiny program that answers by keyword, as ELIZA did in 1966. It understands nothing.

Reads prompts as Touchstone's JSON Lines on standard input and prints one response line for each. The
answers named "echo-rules" in the demo project were made with it; the same prompt gives the same answer.

    python3 demo/rules.py < demo/writing.jsonl
"""

import json
import re
import sys

# The first pattern found in the last message of the user decides; {0} is its first group, {topic} the
# longest word of the message. The last rule of a language catches the rest.
RULES = {
    "en": [
        (r"\b(?:write|draft)\b.*?\b(email|message|poem|note)\b", "Here is your {0}:\n\nHello,\n\nI am writing about {topic}. Please get back to me.\n\nThank you."),
        (r"(?:summari[sz]e|clearer)\b.*?\"([^\".]+)", "{0}."),
        (r"^is it true that (.+?)\?", "Many people say that {0}. What makes you think so?"),
        (r"\bwhy (is|are|does|do|did) (.+?)[?.]", "There are several reasons why {1} {0} like that. It depends on {topic}."),
        (r"\b(?:what is|what does|what was|what actually happens)\b (.+?)[?.]", "You are asking about {topic}. It is an important subject, and there is a lot to say about it."),
        (r"(\d+)\D+(\d+)", "I see the numbers {0} and {1}. Together they are {sum}."),
        (r"\bhow (?:do|can|often|long|many|does)\b (.+?)[?.]", "Start small, be patient with {topic}, and try again if it does not work."),
        (r"", "Tell me more about {topic}."),
    ],
    "de": [
        (r"\bschreib\w*\b.*?\b(nachricht|zweizeiler|mail)\b", "Hallo,\n\nes geht um {topic}. Bitte meldet euch.\n\nDanke!"),
        (r"verständlicher: „(.+?)[.“]", "{0}."),
        (r"\b(?:warum|wieso)\b (.+?)\?", "Dafür gibt es mehrere Gründe. Es hängt von {topic} ab."),
        (r"\bwie\b (.+?)\?", "Fang klein an, hab Geduld mit {topic} und probiere es noch einmal."),
        (r"", "Erzähl mir mehr über {topic}."),
    ],
    "ar": [
        (r"^(?:اكتب) (\S+)", "مرحبًا،\n\nأكتب إليكم بخصوص {topic}.\n\nشكرًا."),
        (r"لماذا", "هناك أسباب كثيرة، والأمر يتعلق بـ{topic}."),
        (r"كيف", "ابدأ بخطوة صغيرة واصبر على {topic}."),
        (r"", "حدثني أكثر عن {topic}."),
    ],
}


def answer(text: str, language: str) -> str:
    words = re.findall(r"[^\W\d_]{2,}", text)
    topic = max(words, key=len)  # the first of the longest
    for pattern, template in RULES[language]:
        found = re.search(pattern, text, re.IGNORECASE | re.DOTALL)
        if found:
            total = sum(int(n) for n in found.groups() if n.isdigit())
            return template.format(*found.groups(), topic=topic, sum=total)
    raise AssertionError("the last rule matches everything")


if __name__ == "__main__":
    for line in sys.stdin:
        record = json.loads(line)
        if record["type"] == "prompt":
            last = [m["content"] for m in record["messages"] if m["role"] == "user"][-1]
            text = answer(last, record["language"])
            print(json.dumps({"prompt": record["id"], "text": text}, ensure_ascii=False))
