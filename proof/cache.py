"""Results of proofs that succeeded, by what they depend on. A failure is never kept, and an entry that
cannot be read, or was made for another key, is no entry."""
import hashlib
import json
import os


def key_of(*parts):
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else repr(part).encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def own_text():
    """The judge's own text is part of every key."""
    here = os.path.dirname(os.path.abspath(__file__))
    texts = []
    for name in ("framac.py", "cache.py"):
        with open(os.path.join(here, name), encoding="utf-8") as f:
            texts.append(f.read())
    return "\n".join(texts)


class Cache:
    def __init__(self, folder, enabled=True):
        self.folder, self.enabled = folder, enabled
        if enabled:
            os.makedirs(folder, exist_ok=True)

    def path(self, key):
        return os.path.join(self.folder, key + ".json")

    def get(self, key):
        if not self.enabled:
            return None
        try:
            with open(self.path(key), encoding="utf-8") as f:
                entry = json.load(f)
            return entry["result"] if entry["key"] == key else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key, result, proved):
        if not self.enabled or proved is not True:
            return
        temporary = f"{self.path(key)}.{os.getpid()}.tmp"
        with open(temporary, "w", encoding="utf-8") as f:
            json.dump({"key": key, "result": result}, f)
        os.replace(temporary, self.path(key))
