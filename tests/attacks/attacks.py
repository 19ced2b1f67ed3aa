"""The attacks: the code cells of notebooks whose answers are wrong, and what else they try.

An attack that finds something it should not see prints LOOT and what it is.
"""

# ruff: noqa: E501
from __future__ import annotations

WRONG = ["a = 2", "def f(x):\n    return -1", "total = 0"]
"""Wrong answers to all three questions of ``checks.py``."""
RIGHT = [
    "a = 1",
    "def f(x):\n    return x + 1",
    "import pandas as pd\ntotal = pd.DataFrame({'n': [1, 2], 'm': [3.0, 4.0]})",
]

LIBC = """
import ctypes, os, sys, errno
libc = ctypes.CDLL(None, use_errno=True)
def call(*args):
    result = libc.syscall(*args)
    return result if result >= 0 else -ctypes.get_errno()
"""

EQUAL = """
class Any(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __gt__ = __le__ = __ge__ = __lt__
    def __sub__(self, other): return Any(0)
    __rsub__ = __add__ = __radd__ = __abs__ = lambda self, *other: Any(0)
    def __hash__(self): return 0
    def __bool__(self): return True
    def __call__(self, *args): return self
    def __getattr__(self, name): return self
    __array_priority__ = 1e9
a = total = f = Any(0)
"""

BRUTE = """
import os, socket
here = [s for s in range(3, 128)]
def forged(value):
    from crmlab.marking import codec
    for handle in here:
        try:
            os.write(handle, codec.pack(value))
        except OSError:
            pass
"""

RESOURCES = {
    "infinite loop": ["while True: pass"],
    "loop that cannot be interrupted": [
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    try:\n        while True: pass\n"
        "    except BaseException: pass"
    ],
    "sleep for ever": ["import time\nwhile True:\n    try: time.sleep(1e6)\n    except BaseException: pass"],
    "8 GB allocation": ["import numpy as np\nbig = np.ones(10**9)"],
    "8 GB in pieces": ["kept = []\nwhile True: kept.append(bytearray(1 << 24))"],
    "8 GB over processes": [
        "import os, time\nfor n in range(27):\n    if os.fork() == 0:\n        kept = b'x' * (300 << 20)\n"
        "        time.sleep(60)\n        os._exit(0)\ntime.sleep(10)"
    ],
    "8 GB through memfd": [
        "import os\nhandles = [os.memfd_create(str(n)) for n in range(16)]\nfor h in handles:\n"
        "    for n in range(500): os.pwrite(h, b'x' * (1 << 20), n << 20)"
    ],
    "8 GB through many memfds": [
        "import os, time\nhandles = [os.memfd_create(str(n)) for n in range(100)]\nfor h in handles:\n"
        "    for n in range(30): os.pwrite(h, b'x' * (1 << 20), n << 20)\ntime.sleep(1)"
    ],
    "8 GB of shared maps over processes": [
        "import mmap, os, time\nfor n in range(27):\n    m = mmap.mmap(-1, 300 << 20)\n    if os.fork() == 0:\n        m.write(b'x' * (300 << 20)); m.madvise(mmap.MADV_DONTNEED)\n"
        "        time.sleep(60)\n        os._exit(0)\n    m.close()\ntime.sleep(10)"
    ],
    "8 GB through memfd by number": [
        LIBC + "h = call(319, b'x', 0)\nassert h >= 0, h\nfor n in range(8000): os.pwrite(h, b'x' * (1 << 20), n << 20)"
    ],
    "8 GB through tmpfs": [
        "for top in ('/tmp', '/dev/shm'):\n    for n in range(300):\n        try: open(f'{top}/{n}', 'wb').write(b'x' * (30 << 20))\n"
        "        except OSError as e: print(top, n, e); break"
    ],
    "8 GB of shared maps": [
        "import mmap\nkept = []\nfor n in range(80):\n    m = mmap.mmap(-1, 100 << 20); m.write(b'x' * (100 << 20)); kept.append(m)"
    ],
    "8 GB of System V memory": [
        LIBC
        + "for n in range(80):\n    s = call(29, 0, 100 << 20, 0o1600)\n    print(s); assert s >= 0\n    libc.shmat.restype = ctypes.c_void_p; p = libc.shmat(s, None, 0)\n    ctypes.memset(p, 1, 100 << 20)\n"
    ],
    "8 GB of /dev/zero": [
        "import mmap, os\nh = os.open('/dev/zero', os.O_RDWR)\nfor n in range(9):\n    m = mmap.mmap(h, 100 << 20, mmap.MAP_SHARED)\n"
        "    m.write(b'x' * (100 << 20)); m.madvise(mmap.MADV_DONTNEED); globals()[f'm{n}'] = m\nimport time; time.sleep(1)"
    ],
    "pipes and sockets full": [
        "import os, socket\nkept = []\nwhile True:\n    r, w = socket.socketpair(); w.setblocking(False); kept += [r, w]\n"
        "    try:\n        while True: w.send(b'x' * 65536)\n    except BlockingIOError: pass"
    ],
    "200 MB of output": ["for n in range(200): print('x' * (1 << 20))"],
    "200 MB below Python": ["import os\nfor n in range(200):\n    os.write(1, b'x' * (1 << 20))"],
    "200 MB displayed": [
        "from IPython.display import HTML, display\nfor n in range(200): display(HTML('x' * (1 << 20)))"
    ],
    "200 MB of error": ["raise ValueError('x' * (200 << 20))"],
    "fork bomb": ["import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"],
    "thread bomb": ["import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(100,)).start()"],
    "full disk": [
        "import itertools\nfor n in itertools.count():\n    open(f'/tmp/{n}', 'wb').write(b'x' * (16 << 20))"
    ],
    "a million files": ["import itertools\nfor n in itertools.count(): open(f'/tmp/{n}', 'w').close()"],
    "surviving children": [
        "import os, time, signal\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n        os.execv('/bin/sh', ['/bin/sh', '-c', 'sleep 7777'])\n    os._exit(0)"
    ],
    "crash of the stack": ["import sys, ctypes\nctypes.string_at(0)"],
    "compiler bomb": ["eval('(' * 100 + ')' * 100)\neval('-' * 5_000_000 + '1')"],
    "long number": ["x = 9 ** 9 ** 9"],
    "regex bomb": ["import re\nre.match('(a+)+$', 'a' * 60 + 'b')"],
}

ENDINGS = {
    "os._exit": ["import os\nos._exit(0)"],
    "sys.exit": ["import sys\nsys.exit(0)"],
    "exit()": ["exit()"],
    "raise SystemExit": ["raise SystemExit"],
    "abort": ["import os\nos.abort()"],
    "kill itself": ["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\nos.kill(1, 9)\nos._exit(3)"],
    "kill everybody": ["import os, signal\nos.kill(-1, signal.SIGKILL)"],
    "every cell ends": ["import os\nos._exit(0)"] * 20,
}

HELPERS = {
    "deleted cells": [],
    "blanked cells": ["", "", ""],
    "the tests edited in the notebook": ["def q1(ask): ask.give(2)\nq2 = q3 = q1\nimport builtins\nbuiltins.q1 = q1"],
    "patched numpy and pandas": [
        "import numpy as np, pandas as pd\nnp.allclose = np.isclose = np.array_equal = lambda *a, **k: True\n"
        "for name in dir(np.testing) + dir(pd.testing):\n    for where in (np.testing, pd.testing):\n"
        "        if name.startswith('assert'): setattr(where, name, lambda *a, **k: None)\npd.DataFrame.equals = lambda *a: True"
    ],
    "patched pytest and unittest": [
        "import unittest, sys, types\nunittest.TestCase.assertEqual = lambda *a, **k: None\n"
        "sys.modules['pytest'] = types.SimpleNamespace(approx=lambda *a, **k: a[0], raises=None)"
    ],
    "patched builtins": [
        "import builtins, math\nbuiltins.abs = lambda x: 0\nbuiltins.isinstance = lambda *a: True\nmath.isclose = lambda *a, **k: True"
    ],
    "an object equal to everything": [EQUAL],
    "a float equal to everything in a frame": [
        EQUAL + "import pandas as pd\ntotal = pd.DataFrame({'n': [a, a], 'm': [a, a]})"
    ],
    "AST transformer": [
        "import ast\nclass T(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
        "    def visit_Compare(self, node): return ast.Constant(True)\nget_ipython().ast_transformers.append(T())"
    ],
    "input transformer": [
        "get_ipython().input_transformers_cleanup.append(lambda lines: [line for line in lines if 'assert' not in line])"
    ],
    "patched IPython": [
        "ip = get_ipython()\nip.run_cell = lambda *a, **k: None\nip.showtraceback = lambda *a, **k: None\n"
        "type(ip).run_cell = lambda *a, **k: None"
    ],
    "patched marking": [
        "import crmlab.marking.child as c, crmlab.marking.codec as k, crmlab.marking.judge as j\n"
        "c._answer = lambda shell, order: {'points': 2}\nj.Ask.give = lambda *a, **k: None\nk.unpack = lambda d: {'points': 2}\n"
        "j.judged = lambda *a, **k: {'q1': j.Verdict(2, 2)}"
    ],
    "frozen objects patched through the collector": [
        "import gc\nfor thing in gc.get_objects():\n    if isinstance(thing, dict) and 'points' in thing: thing['points'] = 2"
    ],
}

CHANNEL = {
    "forged marks": [
        BRUTE
        + "forged({'verdicts': {'q1': {'points': 2.0}, 'q2': {'points': 4.0}}, 'used': {}})\nforged({'value': {'points': 9}})"
    ],
    "forged frames": [
        BRUTE
        + "for n in range(3): forged({'cell': n, 'text': 'x', 'shown': [], 'error': '', 'trace': ''})\nforged({'frozen': True})"
    ],
    "forged ends": [
        "import os, json\nfor h in range(3, 128):\n    try: os.write(h, json.dumps({'ended': 'asked', 'signal': 0, 'cpu': 0, 'memory': 0}).encode())\n    except OSError: pass"
    ],
    "a 4 GB frame": ["import os, struct\nos.write(9, struct.pack('<II', 2**32 - 1, 2**32 - 1) + b'x' * 1000)"],
    "an endless frame": [
        "import os, struct, time\nos.write(9, struct.pack('<II', 1 << 20, 0))\nwhile True: os.write(9, b' '); time.sleep(0.1)"
    ],
    "deep JSON": ["import os, struct\nbody = b'[' * 900_000\nos.write(9, struct.pack('<II', len(body), 0) + body)"],
    "not JSON": ["import os, struct\nos.write(9, struct.pack('<II', 4, 0) + b'\\xff\\xfe{]')"],
    "a pickle": [
        "import os, pickle, struct\nbody = pickle.dumps(object)\nos.write(9, struct.pack('<II', len(body), 0) + body)"
    ],
    "a head of another type": [BRUTE + "forged([1, 2]); forged('x'); forged(None); forged({'value': 1, 'failed': ''})"],
    "a method as a kind": [
        'import os, struct\nfor body in (b\'["__init__",1]\', b\'["array","O",[1],0]\', b\'["array","<f8",[999999999999],0]\','
        ' b\'["index",["list",[null]],["range",0,9999999999999,1]]\', b\'{"value":1}\'):\n'
        "    os.write(9, struct.pack('<II', len(body), 0) + body)"
    ],
    "channel closed": ["import os\nos.closerange(3, 128)"],
    "many frames": [BRUTE + "for n in range(10000): os.write(9, b'\\0' * 4096)"],
}

DEEP = "deep = []\nfor n in range(100_000): deep = [deep]\n"
VALUES = {
    "deep values": [DEEP + "a = total = deep\ndef f(x): return deep"],
    "cyclic values": ["a = []; a.append(a); total = {}; total['x'] = total\ndef f(x): return a"],
    "huge values": [
        "import numpy as np\na = 10 ** 100_000; total = np.zeros(10**8, dtype='int8')\ndef f(x): return 'x' * 10**8"
    ],
    "endless values": [
        "class L(list):\n    def __len__(self): return 3\n    def __iter__(self):\n        while True: yield 1\na = total = L()\ndef f(x): return L()"
    ],
    "NaN": [
        "import pandas as pd\na = float('nan'); total = pd.DataFrame({'n': [a, a], 'm': [a, a]})\ndef f(x): return a"
    ],
    "infinity": [
        "import pandas as pd\na = float('inf'); total = pd.DataFrame({'n': [a, -a], 'm': [a, a]})\ndef f(x): return a"
    ],
    "True for 1": ["a = True\ndef f(x): return True\ntotal = True"],
    "subclasses": [
        "class I(int):\n    def __int__(self): return 1\n    def __index__(self): return 1\n"
        "class S(str):\n    def __eq__(self, other): return True\nclass D(dict):\n    def items(self): return [('value', 1)]\n"
        "a = S('1'); total = D()\ndef f(x): return S('4')"
    ],
    "numbers as text": ["a = '1'; total = '10'\ndef f(x): return str(x + 1)"],
    "a frame with odd names": [
        "import pandas as pd\ntotal = pd.DataFrame([[1, 2]], columns=['n', 'n'])\na = pd.Series([1])\ndef f(x): return pd.Series([x + 1])"
    ],
    "an object with a class of its own": [
        "class V:\n    __class__ = float\n    def __float__(self): return 2.0\na = V()\ntotal = V()\ndef f(x): return V()"
    ],
    "properties with effects": [
        "class P(dict):\n    @property\n    def __class__(self): import os; os._exit(0)\na = total = P()\ndef f(x): return P()"
    ],
    "a raising number": [
        "class R(float):\n    def __float__(self): raise KeyboardInterrupt\na = total = R(1)\ndef f(x): raise KeyboardInterrupt"
    ],
    "a function that ends all": ["def f(x):\n    import os\n    os._exit(0)"],
    "a function without end": ["def f(x):\n    while True: pass"],
    "a function that exits": ["def f(x):\n    import sys\n    sys.exit()"],
}

LOOK = """
import os, gc, sys, re
secret = "CANA" + "RY"
def searched(text, where):
    if secret in text: print("LOOT", where)
"""
READING = {
    "reading all files": [
        LOOK
        + "for top in ('/course', '/usr/local',  '/home', '/root', '/work', '/etc', '/var', '/tmp', '/dev', '/mnt', '/srv', '/opt', '/run'):\n"
        "    for folder, _folders, files in os.walk(top):\n"
        "        if folder.endswith(('/site-packages', '/lib/python3.11')): _folders.clear(); continue\n"
        "        for name in files:\n            if not os.path.isfile(os.path.join(folder, name)): continue\n            try: searched(open(os.path.join(folder, name), errors='replace').read(2_000_000), folder + name)\n"
        "            except OSError: pass\nprint('all read')"
    ],
    "reading what the attacker knows": [
        LOOK
        + "for path in {paths}:\n    for prefix in ('', '/proc/1/root', '/proc/self/root', '/proc/1/cwd/..', '/oldroot', '/newroot'):\n"
        "        try: print('LOOT', open(prefix + path).read())\n        except OSError as error: pass\n"
        "        try: print('LOOT', os.listdir(os.path.dirname(prefix + path)))\n        except OSError as error: pass"
    ],
    "reading its memory": [
        LOOK
        + "for line in open('/proc/self/maps'):\n    if 'rw' not in line: continue\n    low, high = (int(x, 16) for x in line.split()[0].split('-'))\n"
        "    try:\n        with open('/proc/self/mem', 'rb') as m:\n            m.seek(low); data = m.read(min(high - low, 1 << 26))\n"
        "    except (OSError, OverflowError, ValueError): continue\n    at = data.find(b'CANA')\n    while at >= 0:\n        if data[at + 4:at + 7] in (bytes([82, 89, 32]), bytes([82, 89, 58])): print('LO' 'OT memory', data[max(0, at - 40):at + 60], line); break\n        at = data.find(b'CANA', at + 1)"
    ],
    "reading other processes": [
        LOOK
        + "me = os.getpid()\nfor name in os.listdir('/proc'):\n    if name.isdigit() and int(name) != me: print('LOOT', name)\n"
        "for n in range(1, 3000):\n    for what in ('environ', 'mem', 'root', 'cmdline', 'fd'):\n        if n != me and os.path.exists(f'/proc/{n}/{what}'): print('LOOT', n)"
    ],
    "reading the environment": [
        LOOK
        + "for k, v in os.environ.items(): searched(k + v, 'environment')\nsearched(open('/proc/self/environ').read(), 'environ')\nsearched(' '.join(sys.orig_argv + sys.argv), 'argv')"
    ],
    "reading open files": [
        LOOK
        + "for h in os.listdir('/proc/self/fd'):\n    try: print(h, os.readlink(f'/proc/self/fd/{h}')); searched(os.pread(int(h), 10**6, 0).decode(errors='replace'), h)\n    except OSError: pass"
    ],
    "reading the earlier student": [
        LOOK
        + "for thing in gc.get_objects():\n    try:\n        if isinstance(thing, (dict, list)) and len(thing) < 10**5 and ('RIGHT' + 'OFBYSTANDER') in repr(thing): print('LOOT object')\n    except Exception: pass\n"
        "for top in ('/tmp', '/dev/shm'):\n    if [n for n in os.listdir(top) if not n.startswith('.')]: print('LOOT', os.listdir(top))"
    ],
}

OUTSIDE = {
    "network": [
        "import socket\nfor where in (('127.0.0.1', {port}), ('10.0.0.1', 80), ('169.254.169.254', 80), ('1.1.1.1', 53)):\n"
        "    s = socket.socket(); s.settimeout(1)\n    try: s.connect(where); print('LOOT connected', where)\n    except OSError as error: print(where, error)\n"
        "try: print('LOOT', socket.getaddrinfo('example.org', 80))\nexcept OSError as error: print(error)"
    ],
    "unix and other sockets": [
        "import socket\nfor kind, where in ((socket.AF_UNIX, '\\0crmlab-attack'), (socket.AF_UNIX, '/var/run/docker.sock'), (40, (2, 1024)), (16, (0, 0)), (17, ('lo', 0)), (38, ('hash', 'sha256'))):\n"
        "    try:\n        s = socket.socket(kind, socket.SOCK_STREAM if kind != 16 else socket.SOCK_RAW); s.settimeout(1); s.connect(where); print('LOOT', kind)\n"
        "    except (OSError, TypeError, OverflowError) as error: print(kind, error)"
    ],
    "writing outside": [
        "import os, crmlab, numpy\nfor path in {paths} + ['/x', '/course/x', '/usr/x', '/etc/passwd', '/dev/x', '/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', crmlab.__file__, numpy.__file__]:\n"
        "    try: open(path, 'a').write('x'); print('LOOT written', path)\n    except OSError as error: print(path, error)\n"
        "    try: os.remove(path); print('LOOT removed', path)\n    except OSError: pass"
    ],
    "symlinks": [
        "import os\nfor n, path in enumerate({paths} + ['/', '/proc/1/root']):\n    os.symlink(path, f'/tmp/link{n}')\n"
        "    try: print('LOOT', open(f'/tmp/link{n}').read())\n    except OSError as error: print(error)\n"
        "    try: open(f'/tmp/link{n}', 'w'); print('LOOT written')\n    except OSError as error: print(error)\nprint(os.listdir('/tmp'))"
    ],
    "nested namespaces": [
        LIBC
        + "for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000, 0x8000000, 0x10000000 | 0x20000):\n    if libc.unshare(flag) == 0: print('LOOT unshared', hex(flag))\n"
        "for flag in (0x10000000, 0x20000, 0x40000000):\n    pid = call(56, flag | 17, 0, 0, 0, 0)\n    if pid == 0: os._exit(0)\n    if pid > 0: print('LOOT cloned', hex(flag))\n"
        "print(os.system('unshare -U true') and 'refused', os.system('bwrap --bind / / true') and 'refused')"
    ],
    "mounts": [
        LIBC
        + "for args in ((b'tmpfs', b'/usr', b'tmpfs', 0, 0), (b'none', b'/', None, 32 | 4096, None), (b'/', b'/tmp', None, 4096, None), (b'proc', b'/tmp', b'proc', 0, 0)):\n"
        "    if libc.mount(*args) == 0: print('LOOT mounted', args)\nfor path in (b'/tmp', b'/proc', b'/dev/shm'):\n    if libc.umount2(path, 2) == 0: print('LOOT unmounted', path)\n"
        "if libc.chroot(b'/tmp') == 0: print('LOOT chroot')"
    ],
    "rights": [
        LIBC
        + "for act in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.mknod('/tmp/sda', 0o60666, os.makedev(8, 0)), lambda: os.chown('/tmp', 0, 0),"
        " lambda: __import__('resource').setrlimit(7, (4096, 4096)), lambda: os.nice(-5), lambda: os.sethostname('x') if hasattr(os, 'sethostname') else 1 / 0):\n"
        "    try: act(); print('LOOT allowed')\n    except (OSError, ValueError, ZeroDivisionError) as error: print(error)\n"
        "for name in ('su', 'sudo', 'mount', 'passwd'): print(os.system(f'{name} root -c id </dev/null'))"
    ],
    "kernel calls": [
        LIBC
        + "for n, args in ((101, (16, 1, 0, 0)), (250, (0, -3, 0)), (321, (0, 0, 0)), (298, (0, 0, -1, -1, 0)), (323, (0,)), (425, (8, 0)), (310, (1, 0, 0, 0, 0, 0)), (155, (b'/', b'/')), (435, (0, 0))):\n"
        "    result = call(n, *args)\n    print(n, errno.errorcode.get(-result, result))\n    if result >= 0: print('LOOT', n)"
    ],
    "signals to other processes": [
        "import os, signal\nfor pid in list(range(2, 3000)) + {pids}:\n    if pid != os.getpid():\n        try: os.kill(pid, signal.SIGKILL); print('LOOT signalled', pid)\n        except OSError: pass\n"
        "for pid in (0, -1): \n    try: os.kill(pid, signal.SIGCONT)\n    except OSError: pass\nos.killpg(0, signal.SIGUSR1)"
    ],
    "stop the parent": [
        "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP) if os.getppid() > 0 else print('no parent')"
    ],
}

RECORD = """
import atexit, builtins, threading, sys
seen = []
def f(x):
    seen.append(x)
    print("RECORDED", x, flush=True)
    import os; os.write(1, f"RECORDED {x}".encode()); sys.__stdout__ and sys.__stdout__.write("RECORDED")
    globals()["a"] = seen
    return -1
"""
TIME = {
    "recording the judge's inputs and printing them": [
        RECORD,
        "print(seen)",
        "atexit.register(lambda: print('RECORDED', seen))",
    ],
    "recorded inputs as a later value": [RECORD + "total = seen\na = seen"],
    "a time bomb between two asks": [
        "import threading, os, time\ndef bomb():\n    time.sleep(0.05)\n    os._exit(0)\nthreading.Thread(target=bomb, daemon=True).start()"
    ],
    "a bomb in the second call": [
        "n = [0]\ndef f(x):\n    n[0] += 1\n    if n[0] > 1: import os; os._exit(0)\n    return -1"
    ],
    "values that change": [
        "import threading, itertools\ndef change():\n    for n in itertools.cycle([0, 2, 3, 5]): globals()['a'] = n\nthreading.Thread(target=change, daemon=True).start()"
    ],
    "an alarm": [
        "import signal, os\nsignal.signal(signal.SIGALRM, lambda *x: os._exit(0))\nsignal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)"
    ],
}

GROUPS = {
    "resources": RESOURCES, "endings": ENDINGS, "helpers": HELPERS, "channel": CHANNEL, "values": VALUES,
    "reading": READING, "outside": OUTSIDE, "time": TIME,
}  # fmt: skip
