"""What every hostile submission tries, and what must become of it."""

from __future__ import annotations

from dataclasses import dataclass

from assessment.submissions.names import to_id

NOT_FORGED = r"^exited with status 0 before its (training|last call) was done$"
OF_ANOTHER = "in the reference's network, its own predictions for"
BEFORE = "right before the first training step"
CONSTANT = (
    r"^Your network always answers class \d \(accuracy 9.79 % is exactly that class's share\)"
)
ALL_WRONG = r"^every number is wrong, worst at "
NOT_SAVED = "saved.pth cannot be read as saved weights: it is no file of `torch.save`"
PERMUTED = "after training on permuted labels"
STOPPED = "could be trained on the right labels and not on permuted ones"
TOO_GOOD = "of correct work is so good by chance"
WITHIN = r"^test accuracy \d\d\.\d+ % is at least \d\d\.\d+ %$"
UNPLAYED = "its weights cannot be tried in the reference's network"


@dataclass(frozen=True)
class Attack:
    """One hostile submission."""

    name: str
    """Of its file or folder in `submissions/`, or of what makes it in `makers.py`; behind a `@`
    what tells it from the same one in another group."""
    tries: str
    status: str
    """Of the question that it attacks; several with ` or ` between them where both are right."""
    says: str = ""
    """A pattern that is found in the reason, in why points were lost, or in a finding."""
    earned: float = 0.0
    """Points of all questions together."""
    flagged: str = ""
    """Words of what a person is told to look at."""
    question: str = ""
    """By default the last one of its lab."""
    folder: str = ""
    """What its student's folder is called, where that is the attack."""
    gap: str = ""
    """Why it does not end as it must, yet."""

    @property
    def file(self) -> str:
        """What its file or maker is called."""
        return self.name.partition("@")[0]

    @property
    def id(self) -> str:
        """The student's."""
        return to_id(self.folder or self.name)


@dataclass(frozen=True)
class Group:
    """Submissions that are graded as one class, with an honest one."""

    lab: str
    attacks: tuple[Attack, ...]
    options: tuple[str, ...] = ()


def _a(
    name: str, tries: str, status: str, says: str = "", earned: float = 0, **more: str
) -> Attack:
    return Attack(name, tries, status, says, earned, **more)


FORGED = (
    _a("forge-done", "says that it is done before it began", "invalid", "before its last one"),
    _a(
        "forge-epochs",
        "sends all frames of a training, with numbers of its own",
        "scored",
        flagged=UNPLAYED,
    ),
    _a("forge-misfit", "blames the spec", "invalid", "unknown kind 'misfit'"),
    _a("forge-ended", "speaks as the server, on its channel", "invalid", "unknown kind 'ended'"),
    _a("forge-server", "speaks as the server, everywhere", "invalid", "larger than allowed"),
    _a("forge-shapes", "sends predictions of another form", "invalid", "float32 .899, 10. is"),
    _a("forge-length", "announces 2**60 bytes", "invalid", "larger than allowed"),
    _a("forge-depth", "sends JSON that is too deep", "invalid", "a damaged frame"),
    _a("forge-stdout", "prints results", "scored", flagged=OF_ANOTHER),
    _a("forge-atexit", "sends its frames as the process ends", "invalid", "SystemExit: 0"),
    _a("forge-files", "writes results into every folder", "scored", flagged=OF_ANOTHER),
    _a("exit-zero", "leaves as if all was well", "crashed", NOT_FORGED),
    _a("exit-midway", "leaves as if all was well, trained a little", "crashed", NOT_FORGED),
    _a("fail-memory", "blames the machine's memory", "invalid", "MemoryError"),
    _a(
        "fail-words",
        "says that the harness failed",
        "invalid",
        '^it said: "not_gradable: the trainer',
    ),
    _a("fail-kill", "kills itself, as the kernel would", "crashed", "was killed by SIGKILL"),
    _a("fail-server", "kills the server and everybody", "scored", earned=2),
    _a("fail-cut", "cuts its connection and runs on", "crashed", "cut its connection"),
)
PATCHED = (
    _a("patch-loss", "replaces losses and argmax", "scored", flagged=OF_ANOTHER),
    _a("patch-json", "makes each message say 100 %", "scored", flagged=OF_ANOTHER),
    _a("patch-builtins", "replaces len and isinstance", "crashed", "^exited with status 1 before"),
    _a("patch-safetensors", "sends an impossible header", "invalid", "damaged frame: Safetensor"),
    _a("patch-numpy", "sends pickled objects", "invalid", "Unknown dtype"),
    _a("patch-trainer", "replaces the trainer's functions", "scored", flagged=OF_ANOTHER),
    _a("lie-tensor", "is largest wherever one looks", "scored", CONSTANT, flagged=OF_ANOTHER),
    _a("lie-shape", "looks like a tensor", "invalid", "a tensor is wanted"),
    _a("lie-numbers", "makes numbers of its own kind", "scored", CONSTANT, flagged=OF_ANOTHER),
    _a("lie-nan", "is neither right nor wrong", "invalid", "non-finite logits for 899 of 899"),
    _a(
        "lie-parameters",
        "hands in a state that is none",
        "scored",
        earned=2,
        flagged=UNPLAYED,
    ),
)
READ = (
    _a("import-reference", "imports the solution", "invalid", "assessment.models"),
    _a("import-all", "imports all of the grader", "invalid", "nothing to import"),
    _a("read-packages", "looks for sources, asks pip", "invalid", "no file of the reference"),
    _a("read-known-places", "knows each path", "invalid", "none of these places"),
    _a("read-sklearn", "takes scikit-learn's labels", "invalid", "No such file|not found"),
    _a("read-environment", "reads variables and arguments", "invalid", "nothing was told"),
    _a("read-parents", "reads memory above it", "invalid", "no process but those of the jail"),
    _a("read-frames", "looks for labels in its process", "invalid", "no labels of test images"),
    _a("network-world", "calls the world and the machine", "invalid", "nobody can be reached"),
    _a("network-download", "downloads labels", "invalid", "URLError|gaierror"),
    _a("constant", "answers one class", "scored", flagged=OF_ANOTHER),
)
KNOWN = (
    _a("known-labels", "answers from a table", "scored", earned=2, flagged=BEFORE),
    _a(
        "known-labels-later",
        "answers from a table once nobody looks",
        "scored",
        earned=2,
        flagged=OF_ANOTHER,
    ),
    _a(
        "known-labels-throttled",
        "answers as many as an honest network would",
        "scored",
        earned=2,
        flagged=OF_ANOTHER,
    ),
    _a(
        "known-labels-aside",
        "answers from a table, with honest weights beside it",
        "scored",
        earned=2,
        flagged=OF_ANOTHER,
    ),
    _a("known-weights", "was trained at home", "scored", earned=2, flagged=BEFORE),
)
HANGS = (
    _a("hang-import", "loops where it is defined", "timeout", "took longer"),
    _a("hang-constructor", "loops in its constructor", "timeout", "took longer"),
    _a("hang-forward", "loops when it is trained", "timeout", "took longer"),
    _a("hang-del", "loops when it is forgotten", "timeout", "took longer"),
    _a("hang-atexit", "ignores signals and waits at the end", "scored", earned=2),
    _a("bomb-fork", "forks for ever", "timeout or out_of_memory", "took longer|memory"),
    _a("hang-stopped", "stops itself", "timeout", "took longer"),
    _a("forge-slowly", "sends a byte now and then", "timeout", "took longer"),
    _a("daemons", "leaves processes that ignore signals", "scored", earned=2),
)
BOMBS = (
    _a("bomb-threads", "starts threads for ever", "invalid", "can't start new thread"),
    _a("bomb-memory", "takes 4 GB", "out_of_memory", "memory"),
    _a("bomb-children", "lets children take 2.4 GB", "out_of_memory", "memory"),
    _a("bomb-parameters", "has 10,006,600,000 parameters", "invalid", "are not built"),
    _a("bomb-disk", "fills each folder", "invalid", "No space left|Read-only"),
    _a("bomb-output", "prints 4 GB", "scored", flagged=OF_ANOTHER),
    _a("bomb-reason", "gives a reason of 50 MB", "invalid", r"^it said: \".{1,300}\"$"),
    _a("deep-recursion", "recurses until the stack is gone", "crashed", "SIGSEGV"),
    _a("segfault", "reads address 8", "crashed", "SIGSEGV"),
    _a("abort", "aborts within training", "crashed", "SIGABRT"),
    _a("base-exception", "raises what nobody catches", "crashed", "^exited with status 1 before"),
    _a("generator-exit", "raises what ends generators", "crashed", "^exited with status 1 before"),
    _a("error-in-error", "raises an error that cannot be told", "invalid", "Worse"),
    _a("escape-codes", "has a reason that steers terminals", "invalid", "script"),
    _a("escape-layers", "has layers whose names steer", "scored", earned=2),
)
STATE = (
    _a("state-files", "keeps files for the next run", "scored", earned=4),
    _a("state-process", "keeps a process for the next run", "scored", earned=4),
    _a("state-memory", "keeps shared memory for the next run", "scored", earned=4),
    _a("state-modules", "keeps words in modules and limits", "scored", earned=4),
)
FAILING = (
    _a(
        "constant-honest-start",
        "answers one class, which a question meant to fail ends with",
        "scored",
        flagged=OF_ANOTHER,
    ),
)
FUNCTIONS = (
    _a("call-lie-equal", "returns an array that equals all others", "scored", ALL_WRONG),
    _a("call-lie-float", "returns numbers that are near all others", "scored", ALL_WRONG),
    _a(
        "call-lie-length",
        "returns what looks like an array",
        "scored",
        '^it said: "returned Right, an array is wanted"$',
    ),
    _a("call-lie-nan", "returns what compares with nothing", "scored", ALL_WRONG + r".*: nan, "),
    _a(
        "call-lie-huge",
        "returns 7 TB",
        "scored",
        r"^it said: \"returned an array of 7,629,395 MB .* at most 256 MB are taken\"$",
    ),
    _a("call-patch-reference", "replaces numpy's functions", "scored", ALL_WRONG),
    _a(
        "call-forge-cases",
        "answers all calls at once",
        "scored",
        r"^gives shape \(2, 2\), right is \(1, 5\)$",
    ),
    _a(
        "call-import-torch",
        "imports what is forbidden, and the reference",
        "scored",
        "no reference here",
    ),
    _a("call-hang", "loops", "timeout", "took longer"),
    _a("call-escape", "raises what steers terminals", "scored", "raised ValueError: .*script"),
    _a(
        "call-forge-error",
        "tells an error of 10 MB that steers terminals",
        "invalid",
        "larger than allowed",
    ),
    _a(
        "call-pickled",
        "returns pickled objects",
        "scored",
        '^it said: "returned ndarray of object, an array of numbers is wanted"$',
    ),
    _a("call-exit", "leaves as if all was well", "crashed", NOT_FORGED),
    _a("call-crash", "reads address 8", "crashed", "SIGSEGV"),
)
ANSWERS = (
    _a("formula-code", "answers with a call", "scored", "texts have no place in a formula", 1),
    _a(
        "formula-huge",
        "answers with a number of more digits than atoms",
        "scored",
        r"it has no value: `9\*\*9\*\*9` is too large",
        1,
    ),
    _a(
        "formula-deep",
        "answers 20,000 parentheses deep",
        "scored",
        "cannot be read: an answer has at most 2,000 characters, not 40,001$",
        1,
    ),
    _a(
        "formula-loop",
        "answers with 10**27 steps",
        "scored",
        "the evaluation takes more than 50,000 steps$",
        1,
    ),
    _a("python-tag", "lets YAML call functions", "scored", "^nothing was answered$"),
    _a("laughs", "lets YAML grow", "invalid", "aliases"),
    _a(
        "number-odd",
        "answers with infinity and with no number",
        "scored",
        "`nan` is an unknown name",
    ),
    _a(
        "number-digits",
        "answers with what would have to be run",
        "scored",
        "is told only by running the code, which nobody does",
    ),
    _a("markup", "answers with scripts and escape codes", "scored", "`=` cannot be read"),
)
FILES = (
    _a("zip-traversal", "leads outside", "invalid", "leads outside"),
    _a("zip-absolute", "is absolute", "invalid", "absolute name"),
    _a("zip-windows", "leads outside on Windows", "invalid", "leads outside"),
    _a("zip-link", "holds a link", "invalid", "holds a link"),
    _a("zip-bomb", "holds 200 MB of zeros", "invalid", "times its own size"),
    _a(
        "zip-overlap",
        "holds one entry a thousand times",
        "invalid",
        "lab.zip: is damaged or no zip",
    ),
    _a("zip-twice", "holds two files of a name", "invalid", "two files named"),
    _a("zip-within-zips", "is a zip in 30 zips", "invalid", "zip in a zip"),
    _a("zip-entries", "holds 20,000 files", "invalid", "more than 5,000 entries"),
    _a("links", "holds links to files, folders and itself", "scored", earned=2),
    _a("link-alone", "is a link to the work of another", "invalid", "symbolic link"),
    _a("pipe", "is a pipe, which blocks whoever opens it", "invalid", "named pipe"),
    _a("pipe-beside", "holds a pipe", "scored", earned=2),
    _a("names-of-files", "has names that steer, quote and run", "scored", earned=2),
    _a(
        "folders-deep",
        "lies 300 folders deep",
        "invalid",
        "^has a path of more than 2,000 bytes$",
    ),
    _a("encoding-utf16", "is UTF-16", "scored", earned=2),
    _a(
        "encoding-none",
        "is noise",
        "invalid",
        r"^it said: \"no model was found in the submission: lab.py",
    ),
    _a("encoding-nul", "holds zero bytes", "scored", earned=2),
    _a("encoding-claimed", "claims an encoding in which it is other code", "scored", earned=2),
    _a("name-script", "is by a script", "scored", earned=2, folder="<script>alert(1)<"),
    _a("name-escapes", "is by escape codes", "scored", earned=2, folder="\x1b[2J\x07\u202egpj"),
    _a(
        "name-of-another", "is by the honest one, nearly", "scored", earned=2, folder="Hon\u200best"
    ),
    _a("shadow-torch", "has a torch of its own", "scored", earned=2),
)
LARGE = (
    _a("notebook-enormous", "holds 65 MB", "invalid", "is larger than 64 MB"),
    _a("notebook-of-outputs", "holds 30 MB of pictures", "scored", earned=2),
    _a("notebook-of-cells", "has 50,000 cells", "scored", earned=2),
    _a("notebook-deep", "is nested 100,000 times", "invalid", "nested too deeply"),
    _a(
        "notebook-of-other-types",
        "is no notebook",
        "invalid",
        "no model was found in the submission: lab.ipynb: none of its cells holds code or Markdown",
    ),
    _a(
        "code-deep",
        "has 50,000 parentheses",
        "invalid",
        r"lab.py, line \d+: too many nested parentheses; the whole file is passed over",
    ),
    _a(
        "code-long",
        "is an expression of 300,000 terms",
        "invalid",
        "lab.py: cannot be read: it is nested too deeply, or one expression in it is too long",
    ),
    _a(
        "code-huge",
        "imports 20 MB of its own",
        "invalid",
        "`TABLE` cannot be imported: .*; data.py: left out: more than 1,000,000 characters of code",
    ),
)
SAVED = (
    _a("saved-pickle", "runs a command when it is read", "invalid", "torch.save|tensors", earned=2),
    _a("saved-pickle-in-zip", "runs a command when it is read", "invalid", "tensors", earned=2),
    _a(
        "saved-traversal",
        "leads outside",
        "invalid",
        "saved.pth cannot be read as saved weights: file in archive is not in a subdirectory",
        earned=2,
    ),
    _a("saved-deep-pickle", "is a pickle that is too deep", "invalid", NOT_SAVED, earned=2),
    _a(
        "saved-huge-tensor",
        "declares 4 TB",
        "invalid",
        r"first.weight is \(1048576, 1048576\), the model's \(8, 64\)",
        earned=2,
    ),
    _a("saved-link", "is a link to the machine's users", "invalid", "no file saved.pth", earned=2),
    _a("saved-safetensors", "has a header longer than itself", "invalid", NOT_SAVED, earned=2),
)
CONTROLLED = (
    _a(
        "known-labels@control",
        "answers all from a table",
        "scored",
        earned=2,
        flagged=TOO_GOOD,
    ),
    _a(
        "known-labels-later@control",
        "answers all from a table once nobody looks",
        "scored",
        earned=2,
        flagged=PERMUTED,
    ),
    _a(
        "known-labels-throttled@control",
        "answers as many from a table as lie in the band",
        "scored",
        WITHIN,
        earned=2,
        flagged=PERMUTED,
    ),
    _a(
        "known-labels-aside@control",
        "learns honestly, and answers as many from a table as lie in the band at the end",
        "scored",
        WITHIN,
        earned=2,
        flagged=PERMUTED,
    ),
    _a(
        "known-labels-stopping",
        "does so, and refuses labels that are not the published ones",
        "scored",
        WITHIN,
        earned=2,
        flagged=STOPPED,
    ),
    _a(
        "known-weights-later",
        "was trained at home, and takes those weights once nobody looks",
        "scored",
        earned=2,
        flagged=PERMUTED,
    ),
    _a(
        "known-weights-wary",
        "does so only where the training labels are the published ones",
        "scored",
        earned=2,
        flagged=PERMUTED,
        gap="who has the published training labels sees that they were permuted",
    ),
)
GROUPS = {
    "forged": Group("training", FORGED),
    "patched": Group("training", PATCHED),
    "reading": Group("training", READ),
    "known": Group("training", KNOWN),
    "hanging": Group("short", HANGS),
    "bombs": Group("training", BOMBS),
    "state": Group("two runs", STATE),
    "failing": Group("failing", FAILING),
    "functions": Group("function", FUNCTIONS),
    "answers": Group("answers", ANSWERS),
    "files": Group("training", FILES),
    "large": Group("training", LARGE),
    "saved": Group("checkpoint", SAVED),
    "control": Group("free", CONTROLLED, ("--assess-control",)),
}
CONFIGURATIONS = {
    "conftest": "conftest.py",
    "pytest-ini": "pytest.ini",
    "dot-pytest-ini": ".pytest.ini",
    "tox-ini": "tox.ini",
    "setup-cfg": "setup.cfg",
    "pyproject": "pyproject.toml",
    "sitecustomize": "sitecustomize.py",
    "usercustomize": "usercustomize.py",
    "pth": "hostile.pth",
    "module-pytest": "pytest.py",
    "module-assessment": "assessment/__init__.py",
    "spec": "lab.yaml",
}
"""Files by which students try to configure whoever grades them, through the real command: each is
handed in beside an honest network, which earns what it is worth."""
