"""A PostgreSQL server of the test's own, in a folder, on a Unix socket alone."""
import glob
import os
import shutil
import signal
import subprocess
import time

OWNER = "postgres"


def programs():
    """The folder with initdb and pg_ctl of the newest version that is there, or None."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb") + glob.glob("/usr/pgsql-*/bin/initdb")
    found.sort(key=lambda p: [int(n) for n in p.replace("/", " ").replace("-", " ").split() if n.isdigit()])
    if found:
        return os.path.dirname(found[-1])
    path = shutil.which("initdb")
    return os.path.dirname(path) if path else None


def as_owner(command):
    """PostgreSQL refuses to run as root."""
    if os.getuid():
        return command
    return ["setpriv", "--reuid=" + OWNER, "--regid=" + OWNER, "--clear-groups", "--"] + command


class Server:
    def __init__(self, bin_folder, folder, copy_of=None, options=()):
        self.bin, self.folder, self.data = bin_folder, folder, os.path.join(folder, "data")
        self.options = ["listen_addresses=", "unix_socket_directories=" + folder, "max_connections=60"] + list(options)
        os.mkdir(folder)
        if not os.getuid():
            shutil.chown(folder, OWNER, OWNER)
        os.chmod(folder, 0o755)
        if copy_of:
            self.run("pg_basebackup", "-D", self.data, "-h", copy_of.folder, "-U", "kdoc", "-R", "-X", "stream", "-c", "fast", "--no-sync")
        else:
            self.run("initdb", "-D", self.data, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C", "-U", "kdoc")
        self.start()

    def run(self, name, *args, check=True):
        p = subprocess.run(as_owner([os.path.join(self.bin, name)] + list(args)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           stdin=subprocess.DEVNULL, cwd="/")
        if check and p.returncode:
            raise RuntimeError("%s: %s" % (name, p.stdout.decode(errors="replace")))
        return p.stdout.decode(errors="replace")

    def start(self):
        options = " ".join("-c %s" % (o if "=" in o and not o.endswith("=") else o + "''") for o in self.options)
        # Its output goes to a file: a pipe would be held open by the server.
        self.run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", os.path.join(self.folder, "log"), "-o", options, "start")

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop", check=False)

    def promote(self):
        self.run("pg_ctl", "-D", self.data, "-w", "promote")

    def kill(self):
        """As a machine dies: all processes at once, and nothing is said to anybody."""
        with open(os.path.join(self.data, "postmaster.pid")) as f:
            master = int(f.readline())
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(master)], stdout=subprocess.PIPE, check=False).stdout.split()
        for pid in [master] + [int(c) for c in children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        while os.path.exists("/proc/%d" % master) and "Z" not in open("/proc/%d/stat" % master).read().split(")")[1][:3]:
            time.sleep(0.05)

    def make(self, database, *args):
        self.run("createdb", "-h", self.folder, "-U", "kdoc", *args, database)
        return "host=%s dbname=%s user=kdoc" % (self.folder, database)

    def sql(self, database, text, check=True):
        p = subprocess.run([os.path.join(self.bin, "psql"), "-X", "-q", "-t", "-A", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", self.folder,
                            "-U", "kdoc", "-d", database, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if check and p.returncode:
            raise RuntimeError("%s: %s" % (text, p.stderr.decode(errors="replace")))
        return [line.split("\t") for line in p.stdout.decode().splitlines()]
