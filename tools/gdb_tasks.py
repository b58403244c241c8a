"""task-bt for gdb: the stacks of all parked tasks, in a live process or a core.

    gdb -x tools/gdb_tasks.py -p PID
    (gdb) task-bt            what every task waits for
    (gdb) task-bt db_query   only those whose name or stack has this word

A parked task's registers are in its context; all code of ours keeps frame pointers, so the frames are
a linked list from there. Frames of libraries without frame pointers end the walk early.
"""
import gdb

RBP, RIP = 10, 16  # in gregs, see sys/ucontext.h
DEPTH = 40


def word(address):
    pointer = gdb.lookup_type("unsigned long").pointer()
    return int(gdb.Value(address).cast(pointer).dereference())


def describe(pc):
    """'function at file:line' for a return address; the call is one byte before it."""
    place = gdb.find_pc_line(pc - 1)
    try:
        block = gdb.block_for_pc(pc - 1)
    except RuntimeError:
        block = None
    while block and not block.function:
        block = block.superblock
    if block and place.symtab:
        return f"{block.function} at {place.symtab.filename}:{place.line}"
    return gdb.execute(f"info symbol {pc:#x}", to_string=True).strip()


def frames(task):
    stack = int(task["stack"])
    registers = task["context"]["uc_mcontext"]["gregs"]
    pc, frame = int(registers[RIP]), int(registers[RBP])
    for _ in range(DEPTH):
        yield describe(pc)
        if not stack <= frame < stack + (1 << 20):
            return
        try:
            pc, frame = word(frame + 8), word(frame)
        except gdb.MemoryError:
            return
        if pc == 0:
            return


def tasks():
    task = gdb.parse_and_eval("task_all")
    while int(task):
        yield task
        task = task["all_next"]


class TaskBt(gdb.Command):
    """task-bt [WORD]: one stack for every parked task."""

    def __init__(self):
        super().__init__("task-bt", gdb.COMMAND_STACK)

    def invoke(self, wanted, from_tty):
        running = int(gdb.parse_and_eval("'task.c'::current"))
        idle = 0
        for task in tasks():
            if task["done"]:
                idle += 1
                continue
            if int(task) == running:
                lines = ["running: see bt"]
            else:
                lines = list(frames(task))
            name = task["name"].string()
            if wanted and wanted not in name and not any(wanted in line for line in lines):
                continue
            print(f"task {int(task):#x} {name}")
            for number, line in enumerate(lines):
                print(f"  #{number} {line}")
        print(f"{idle} idle")


TaskBt()
