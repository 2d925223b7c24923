import assert from 'node:assert/strict';
import test from 'node:test';
import { machineWords, processorOf, sameMachine } from '../../lib/environment/machine';

test('a processor is told by its generation and vector units, on x86 and on Arm', () => {
  const amd = [
    'vendor_id\t: AuthenticAMD',
    'cpu family\t: 25',
    'model\t\t: 17',
    'model name\t: AMD EPYC',
    'flags\t\t: fpu avx avx2 avx512f',
    'cpu family\t: 26',
  ].join('\n');
  assert.deepEqual(processorOf(amd), {
    cpu_features: ['avx2', 'avx512f'],
    cpu_generation: 'family 25, model 17',
  });
  const arm = 'Features\t: fp asimd\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n';
  assert.deepEqual(processorOf(arm), { cpu_features: ['asimd'], cpu_generation: 'part 0xd0c' });
  assert.deepEqual(processorOf(''), { cpu_features: [], cpu_generation: '' });
});

test('generations of one line of processors are different machines, and an unknown one may be any', () => {
  const older = { device: 'AMD EPYC', cores: 1, cpu_features: ['avx2'] };
  const zen4 = { ...older, cpu_generation: 'family 25, model 17' };
  const zen5 = { ...older, cpu_generation: 'family 26, model 2' };
  assert.equal(sameMachine(zen4, { ...zen4 }), true);
  assert.equal(sameMachine(zen4, zen5), false);
  assert.equal(sameMachine(older, zen5), true);
  assert.equal(sameMachine(zen4, { ...zen4, cores: 2 }), false);
  assert.equal(machineWords(zen4), 'AMD EPYC (family 25, model 17, avx2) with 1 thread');
  assert.equal(machineWords(older), 'AMD EPYC (avx2) with 1 thread');
});
