"""Logs of kernels that print no symbols, made of logs that have them: each name+offset/size becomes the address that it
stands for, so that what kdoc must answer is known exactly. Used by `raw`."""
import collections
import re

FRAME = re.compile(r"([A-Za-z_.$][\w.$]*)\+0x([0-9a-f]+)/0x([0-9a-f]+)((?: \[[\w-]+(?: [0-9a-f]+)?\])?)")

# One raw address: the line it stands on (from 1), the function's names, the offset in it, the address in the file.
Truth = collections.namedtuple("Truth", "line address function offset file")


class Symbols:
    """Functions of a vmlinux, from `nm -n`: {name: [(address, size by the next symbol)]}."""

    def __init__(self, lines):
        rows = []
        for line in lines:
            word = line.split()
            if len(word) >= 3 and word[1] in "tTwW":
                rows.append((int(word[0], 16), word[2]))
        rows.sort()
        self.by_name = collections.defaultdict(list)
        self.at = collections.defaultdict(set)
        places = sorted({a for a, _ in rows})
        following = dict(zip(places, places[1:]))
        for address, name in rows:
            self.by_name[name].append((address, following.get(address, address) - address))
            self.at[address].add(name)

    def find(self, name, size):
        """The address of the one function of that name and size; None: none, or several."""
        found = [a for a, room in self.by_name.get(name, ()) if room == size]
        return found[0] if len(found) == 1 else None


def strip(text, symbols, offset, keep_stated=True, modules=0xffffffffc0390000):
    """(log without symbols, [Truth, …]); frames that are not of the kernel get an address where modules are."""
    out, truth = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not keep_stated and "Kernel Offset:" in line:
            continue

        def one(match):
            name, at, size = match.group(1), int(match.group(2), 16), int(match.group(3), 16)
            base = None if match.group(4) else symbols.find(name, size)
            if base is None:
                return "0x%x" % (modules + (sum(name.encode()) << 4) + at)
            truth.append(Truth(len(out) + 1, base + at + offset, symbols.at[base], at, base + at))
            return "0x%016x" % (base + at + offset)

        out.append(FRAME.sub(one, line))
    return "\n".join(out), truth
