"""The comparison of scripts/compare-protoc.sh; run it through that."""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import grpc_tools
from google.protobuf import descriptor_pb2
from grpc_tools import protoc

BUNDLED = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
BATCH = 256
TIMEOUT_S = 300
EDITIONS = "editions are not supported"
SOURCE_CODE_INFO = 9

Verdict = collections.namedtuple("Verdict", "accepted text descriptor")


def run_protoc(arguments, log):
    """Runs protoc in a fork, which costs less than a process of its own."""
    arguments = [*arguments, f"-I{BUNDLED}"]
    child = os.fork()
    if child == 0:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            os._exit(protoc.main(["protoc", *arguments]))
        finally:
            os._exit(70)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_grpcio_gen(arguments, log):
    try:
        return subprocess.run(
            [GRPCIO_GEN, *arguments], stdout=log, stderr=log, timeout=TIMEOUT_S, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return -1


def judge(run, includes, files, verdicts):
    """Judges files together; where that fails, halves of them."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "set")
        arguments = [f"-I{include}" for include in includes]
        arguments += [f"--descriptor_set_out={out}", "--include_source_info", *files]
        with open(os.path.join(folder, "log"), "w+b") as log:
            code = run(arguments, log)
            log.seek(0)
            text = log.read().decode(errors="replace")
        if code == 0:
            raw = pathlib.Path(out).read_bytes()
            descriptors = dict(split_set(raw))
            for file in files:
                name = os.path.relpath(file, includes[0])
                verdicts[file] = Verdict(True, text, descriptors.get(name))
        elif len(files) == 1:
            if code != 1:
                text += f"\nexit code {code}"
            verdicts[files[0]] = Verdict(False, text, None)
        else:
            middle = len(files) // 2
            judge(run, includes, files[:middle], verdicts)
            judge(run, includes, files[middle:], verdicts)


def fields(raw):
    """The fields of an encoded message: number, whole bytes, content."""
    at = 0
    while at < len(raw):
        start = at
        tag, at = varint(raw, at)
        if tag & 7 == 0:
            content, at = varint(raw, at)
        elif tag & 7 == 2:
            length, at = varint(raw, at)
            content = raw[at : at + length]
            at += length
        else:
            raise ValueError(f"wire type {tag & 7} in a descriptor")
        yield tag >> 3, raw[start:at], content


def varint(raw, at):
    value = shift = 0
    while True:
        value |= (raw[at] & 0x7F) << shift
        shift += 7
        at += 1
        if raw[at - 1] < 0x80:
            return value, at


def split_set(raw):
    for _, _, file in fields(raw):
        name = next(content for number, _, content in fields(file) if number == 1)
        yield name.decode(), file


def without_source_info(raw):
    return b"".join(whole for number, whole, _ in fields(raw) if number != SOURCE_CODE_INFO)


def difference(left, right):
    """What differs between two descriptors: nothing, bytes, places or all."""
    if left == right:
        return "equal byte for byte"
    left_file, right_file = without_source_info(left), without_source_info(right)
    if left_file == right_file:
        return "source info differs"
    if parse(left_file) != parse(right_file):
        return "descriptors differ"
    if parse(left) == parse(right):
        return "equal in other bytes"
    return "source info differs"


def parse(raw):
    return descriptor_pb2.FileDescriptorProto.FromString(raw)


def category(theirs, ours):
    if ours.accepted != theirs.accepted:
        if EDITIONS in ours.text:
            return "editions"
        return "only protoc accepts" if theirs.accepted else "only grpcio-gen accepts"
    if not ours.accepted:
        errors = [line for line in ours.text.splitlines() if " error: " in line]
        placed = [line for line in errors if re.match(r".*:\d+:\d+: error: ", line)]
        if "exit code" in ours.text or not errors:
            return "grpcio-gen failed"
        return "both refuse" if errors == placed else "both refuse, without a position"
    if None in (ours.descriptor, theirs.descriptor):
        return "descriptors missing"
    return difference(theirs.descriptor, ours.descriptor)


FINE = {"both refuse", "equal byte for byte", "equal in other bytes", "editions"}


def main(folders, verbose):
    counts = collections.Counter()
    reports = []
    for folder in folders:
        includes = [folder, *(other for other in folders if other != folder)]
        files = sorted(str(path) for path in pathlib.Path(folder).rglob("*.proto") if path.is_file())
        theirs, ours = {}, {}
        for start in range(0, len(files), BATCH):
            batch = files[start : start + BATCH]
            judge(run_protoc, includes, batch, theirs)
            judge(run_grpcio_gen, includes, batch, ours)
        for file in files:
            kind = category(theirs[file], ours[file])
            counts[kind] += 1
            if kind not in FINE or verbose and not ours[file].accepted:
                said = f"  protoc: {theirs[file].text.strip() or 'accepted'}\n"
                said += f"  grpcio-gen: {ours[file].text.strip() or 'accepted'}"
                reports.append(f"{file}: {kind}\n{said}")
    for report in reports:
        print(report)
    print(f"{sum(counts.values()):7} files")
    for kind, count in sorted(counts.items()):
        print(f"{count:7} {kind}")
    return 0 if set(counts) <= FINE else 1


if __name__ == "__main__":
    words = sys.argv[1:]
    loud = "--verbose" in words
    GRPCIO_GEN, *roots = (word for word in words if word != "--verbose")
    sys.exit(main([root.rstrip("/") or "/" for root in roots], loud))
