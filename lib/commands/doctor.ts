import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findBrowser } from '../environment/browser';
import { gpuName } from '../environment/machine';
import { ROOT, VENV } from '../environment/paths';
import { runProgram } from '../environment/program';
import { VENV_PYTHON } from '../environment/python';
import { command, flag } from './options';

/** `npm run doctor`. */
export const doctor = command({
  options: { json: flag('the facts alone, as JSON') },
  run: async ({ json }) => {
    const { facts } = await import('../environment/facts.js');
    const here = facts();
    const browser = findBrowser();
    if (json) {
      process.stdout.write(`${JSON.stringify({ ...here, browser: browser ?? null }, null, 2)}\n`);
      return 0;
    }
    const python = runProgram(VENV_PYTHON, ['--version'], 20).output;
    const lab = runProgram(VENV_PYTHON, ['-m', 'jupyterlab', '--version'], 60)
      .output.split('\n')
      .at(-1);
    const kernel = existsSync(join(VENV, 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json'));
    const gpu = gpuName();
    const rows: [string, string][] = [
      ['Clone', `${ROOT}, commit ${here.commit || 'unknown'}`],
      ['Node', here.node],
      ['Python', `${python}, JupyterLab ${lab}`],
      ['Kernel', kernel ? 'tslab, registered in .venv' : 'missing: run "npm run setup"'],
      ['TensorFlow', `${here.tensorflow} under TensorFlow.js ${here.tfjs}`],
      ['Device', `${here.device}, ${here.cores} cores, ${here.memory_gb} GB`],
      ['Processor', here.cpu_generation || 'unknown'],
      ['CPU features', here.cpu_features.join(' ') || 'unknown'],
      ['GPU', gpu ?? 'none (no NVIDIA driver answers)'],
      [
        'Browser',
        browser ?? 'none: figures are not written as pictures, and browser tests are left out',
      ],
    ];
    for (const [name, value] of rows) process.stdout.write(`${name.padEnd(14)}${value}\n`);
    const faster = advice(gpu !== undefined, browser);
    process.stdout.write(
      faster.length ? `\nWhat would help:\n${faster.map((line) => `- ${line}\n`).join('')}` : '',
    );
    return 0;
  },
});

function advice(gpu: boolean, browser?: string): string[] {
  const lines: string[] = [];
  if (!gpu)
    lines.push('An NVIDIA GPU with its driver: set-up would then install TensorFlow for CUDA 12.');
  if (!browser)
    lines.push(
      'Chromium or Chrome (Debian, Ubuntu: "apt install chromium"), or its path in CHROMIUM.',
    );
  return lines;
}
