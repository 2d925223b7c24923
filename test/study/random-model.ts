import { tf } from '../../lib/environment/tensorflow';
import { parameterSpecs } from '../../lib/model/parameters';
import { modelConfig } from '../../lib/model/scales';
import type { Parameters } from '../../lib/model/transformer';
import { CONTEXT, VOCABULARY } from '../../lib/tasks';

export const model = modelConfig('nano', VOCABULARY, CONTEXT);

/** Random weights of nano, the same each time. The caller disposes them. */
export function randomParameters(): Parameters {
  return Object.fromEntries(
    parameterSpecs(model).map(({ name, shape }, i) => [
      name,
      tf.randomNormal([...shape], 0, 0.1, 'float32', i),
    ]),
  );
}
