import assert from 'node:assert/strict';
import test from 'node:test';
import { initialParameters, parameterCount, parameterSpecs } from '../../lib/model/parameters';
import { type ModelConfig, modelConfig, SCALES } from '../../lib/model/scales';
import { CONTEXT, generator, VOCABULARY } from '../../lib/tasks';

/** Parameters that the paper prints, and half of their last digit. */
const PUBLISHED: Record<string, readonly [number, number]> = {
  nano: [405e3, 500],
  micro: [1.8e6, 5e4],
  small: [7.4e6, 5e4],
  medium: [25.2e6, 5e4],
  large: [85e6, 5e5],
  xlarge: [151e6, 5e5],
};

/** Parameters under a reading of the paper: what is there, and what is counted. */
function reading(model: ModelConfig, context: number, biases: boolean, embedding = true): number {
  const D = model.width;
  return (
    parameterCount({ ...model, context }) -
    (biases ? 0 : 9 * D * model.layers) -
    (embedding ? 0 : model.vocabulary * D)
  );
}

/** The contexts from 24 to 64 under which a reading gives all six published counts. */
function fitting(biases: boolean, embedding = true): number[] {
  return Array.from({ length: 41 }, (_, i) => 24 + i).filter((context) =>
    SCALES.every((scale) => {
      const [published, half] = PUBLISHED[scale];
      const model = modelConfig(scale, VOCABULARY, CONTEXT);
      return Math.abs(reading(model, context, biases, embedding) - published) <= half;
    }),
  );
}

test('published counts fit without biases at contexts around 40, and never with them', () => {
  assert.deepEqual(fitting(false), [38, 39, 40, 41, 42, 43, 44]);
  assert.deepEqual(fitting(true), []);
  assert.deepEqual(fitting(true, false), []);
});

test('plain GPT-2, which this study trains, differs from them by less than a hundredth', () => {
  for (const scale of SCALES) {
    const count = parameterCount(modelConfig(scale, VOCABULARY, CONTEXT));
    assert.ok(Math.abs(count / PUBLISHED[scale][0] - 1) < 0.01, `${scale}: ${count}`);
  }
});

test('the start is that of GPT-2, comes from the generator alone, and is a choice', () => {
  const start = (scaledResidual: boolean) => {
    const source = generator(0, 'start');
    const nano = modelConfig('nano', VOCABULARY, CONTEXT);
    const specs = parameterSpecs(nano, { initialStd: 0.02, scaledResidual });
    return initialParameters(specs, () => source.gaussian());
  };
  assert.deepEqual(start(true), start(true));
  const std = (values: Float32Array) =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  assert.ok(Math.abs(std(start(true)['h.0.attn.c_attn.w']) / 0.02 - 1) < 0.02);
  assert.ok(Math.abs(std(start(true)['h.0.mlp.c_proj.w']) / (0.02 / 2) - 1) < 0.02);
  assert.ok(Math.abs(std(start(false)['h.0.mlp.c_proj.w']) / 0.02 - 1) < 0.02);
  assert.ok(start(true)['ln_f.g'].every((value) => value === 1));
});

test('shapes that cannot be are named', () => {
  assert.throws(() => modelConfig('tiny', 10, 10), /Unknown scale "tiny": use one of nano, micro/);
  const shape = { layers: 2, width: 12, heads: 4 };
  assert.throws(
    () => modelConfig({ ...shape, width: 10 }, 10, 10),
    /width 10 cannot be split into 4/,
  );
  assert.throws(() => modelConfig({ ...shape, layers: 0 }, 10, 10), /layers is 0/);
});
