import { described, type Intervention, required, type Window } from './intervention';

const BLOCKS = ['first', 'last'] as const;

/**
 * Keeps the weights of the first or the last block as they are, without decay and moments, while the rest learns: the
 * paper's own test (version 4, appendix J), which freezes over updates 1 to 1,000.
 * @throws RangeError for a setting out of range.
 *
 * ```ts
 * await train({ steps: 2000, intervention: frozenBlock({ block: 'last', until: 1000 }) });
 * ```
 */
export function frozenBlock({
  block,
  ...window
}: { block: (typeof BLOCKS)[number] } & Window): Intervention {
  const name = 'frozen-block';
  required(BLOCKS.includes(block), name, 'block', block, `one of ${BLOCKS.join(', ')}`);
  return described(name, { block }, window, ({ model: { layers } }) => {
    const own = `h.${block === 'first' ? 0 : layers - 1}.`;
    return { frozen: (parameter) => parameter.startsWith(own) };
  });
}
