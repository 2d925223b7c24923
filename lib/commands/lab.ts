import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, VENV } from '../environment/paths';
import { say } from '../environment/progress';
import { VENV_PYTHON } from '../environment/python';
import { writeChanged } from '../environment/setup';
import { writing } from '../files/problem';
import { jupyterEnvironment } from '../notebook/files/execute';
import { LAB_STYLE } from '../notebook/files/page-style';
import { layCopies } from '../notebook/files/scratch';
import { command } from './options';

/**
 * `npm run lab`: JupyterLab of this clone on loopback, in notebooks/scratch, where copies of ours lie. Further arguments go to
 * JupyterLab, for example `-- --no-browser --port 8890`.
 */
export default command({ options: {}, passesOn: true, run: (_, argv) => openLab(argv) });

async function openLab(argv: readonly string[]): Promise<number> {
  setDefaults();
  for (const name of layCopies()) {
    say(`notebooks/scratch/${name} was changed and stays; ours is newer.`);
  }
  const child = spawn(
    VENV_PYTHON,
    [
      ...['-m', 'jupyterlab', '--ServerApp.ip=127.0.0.1'],
      `--ServerApp.root_dir=${ROOT}`,
      '--LabApp.default_url=/lab/tree/notebooks/scratch/01-collapse-floors.ipynb',
      ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
      // Nothing is fetched from elsewhere: no catalog of extensions, and no news (see setDefaults).
      '--LabApp.extension_manager=readonly',
      '--LabApp.custom_css=True',
      ...argv,
    ],
    { cwd: join(ROOT, 'notebooks'), env: jupyterEnvironment(), stdio: 'inherit' },
  );
  // Ctrl-C reaches JupyterLab too, which asks before it ends; this process waits for its answer.
  process.on('SIGINT', () => {});
  // A closed terminal or a stop from outside ends it at once; its kernels see that it is gone and end too.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 0)));
}

/** Site defaults of .venv's JupyterLab. */
function setDefaults(): void {
  const folder = join(VENV, 'share', 'jupyter', 'lab', 'settings');
  const overrides = {
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
    // TypeScript's first completion of a session takes a few seconds; JupyterLab would wait for one.
    '@jupyterlab/completer-extension:manager': { providerTimeout: 10_000 },
  };
  const style = join(jupyterEnvironment().JUPYTER_CONFIG_DIR!, 'custom');
  writing(folder, () => {
    writeChanged(folder, 'overrides.json', `${JSON.stringify(overrides, null, 2)}\n`);
    writeChanged(style, 'custom.css', LAB_STYLE);
  });
}
