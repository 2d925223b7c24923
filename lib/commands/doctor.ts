import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findBrowser } from '../environment/browser';
import { gpuName } from '../environment/machine';
import { ROOT, VENV } from '../environment/paths';
import { runProgram } from '../environment/program';
import { VENV_PYTHON } from '../environment/python';
import { command, flag } from './options';

/** `npm run doctor`. */
export default command({
  options: { json: flag('the facts alone, as JSON') },
  run: async ({ json }) => {
    const { facts } = await import('../environment/facts.js');
    const here = facts();
    const browser = findBrowser();
    if (json) {
      process.stdout.write(`${JSON.stringify({ ...here, browser: browser ?? null }, null, 2)}\n`);
      return 0;
    }
    const python = (...args: string[]) =>
      runProgram(VENV_PYTHON, args, 60).output.split('\n').at(-1);
    const kernel = existsSync(join(VENV, 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json'));
    const rows = {
      Clone: `${ROOT}, commit ${here.commit || 'unknown'}`,
      Node: here.node,
      Python: `${python('--version')}, JupyterLab ${python('-m', 'jupyterlab', '--version')}`,
      Kernel: kernel ? 'tslab, registered in .venv' : 'missing: run "npm run setup"',
      TensorFlow: `${here.tensorflow} under TensorFlow.js ${here.tfjs}`,
      Device: `${here.device}, ${here.cores} cores, ${here.memory_gb} GB`,
      Processor: here.cpu_generation || 'unknown',
      'CPU features': here.cpu_features.join(' ') || 'unknown',
      GPU:
        gpuName() ??
        'none; where a driver of NVIDIA answers, set-up installs TensorFlow for CUDA 12',
      Browser:
        browser ??
        'none, so no pictures: install Chromium (Debian, Ubuntu: "apt install chromium"), or name one in CHROMIUM',
    };
    const lines = Object.entries(rows).map(([name, value]) => `${name.padEnd(14)}${value}\n`);
    process.stdout.write(lines.join(''));
    return 0;
  },
});
