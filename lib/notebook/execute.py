"""Executes a notebook in place on the tslab kernel: execute.py NOTEBOOK SECONDS. Says which cell is next; a cell that
fails ends it with the cell and its error, and the file stays as it was. Ends when the process that started it is gone;
the kernel then ends by itself (lib/environment/end-with-parent.ts)."""

import os
import sys
import threading
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

path, seconds = sys.argv[1], int(sys.argv[2])
parent = os.getppid()


def end_with_parent():
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


threading.Thread(target=end_with_parent, daemon=True).start()
notebook = nbformat.read(path, as_version=4)
count = len(notebook.cells)
client = NotebookClient(
    notebook,
    timeout=seconds,
    kernel_name='tslab',
    resources={'metadata': {'path': os.path.dirname(path)}},
    on_cell_start=lambda cell, cell_index: print(f'cell {cell_index + 1} of {count}', flush=True),
)
try:
    client.execute()
except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
    sys.exit(str(error))
nbformat.write(notebook, path)
