import assert from 'node:assert/strict';
import test from 'node:test';
import type { RungFit } from '../../lib/findings/blind-ladder';
import type { Precedence } from '../../lib/findings/precursors';
import { share } from '../../lib/findings/statistics';
import * as say from '../../lib/findings/summaries';

const eight = share(7, 8)!;
const found = { value: 1.876, low: 1.4, high: 2.5 };
const floor = { start: 20, step: 218, recovery: 900 };
const spread = (mean: number, deviation: number) => ({ mean, deviation });
const summary = { task: 'SORT' as const, ...spread(3.68, 1.96), published: spread(5.68, 3.19) };
const fit = (rung: 'token' | 'level', nearest: number) => ({ rung, nearest, cases: 8 }) as RungFit;
const lead = (medianLead: number) => ({ medianLead }) as Precedence;

/** What is found, and the sentence that titles, cells and the ledger share. */
const SENTENCES: [said: string, sentence: string][] = [
  [
    say.collapse(eight),
    'The rank loses a quarter or more in 7 of 8 tasks (95 % interval 53 % to 98 %).',
  ],
  [
    say.fall([
      { ...floor, task: 'MOD', floor: 2, fall: 0.9 },
      { ...floor, task: 'CMP', floor: 18, fall: 0.1 },
    ]),
    'The rank loses a quarter or more in 1 of 2 tasks; MOD’s falls from 20 to 2 at step 218.',
  ],
  [
    say.floorTable([{ ...summary, scales: ['nano', 'micro'] }]),
    'Floors at nano and micro: SORT 3.68 ± 1.96 (published 5.68 ± 3.19).',
  ],
  [
    say.floorTable([{ ...summary, scales: ['nano'] }]),
    'Floors at nano: SORT 3.68 (published 5.68).',
  ],
  [
    say.meanGrowth({ ...found, from: 'nano', to: 'small', tasks: 8 }),
    'From nano to small floors change by a factor of 1.88 (95 % interval 1.4 to 2.5), geometric mean of 8 tasks.',
  ],
  [say.meanGrowth(undefined), 'It takes settled floors at two sizes.'],
  [
    say.readingsAgree([
      { scale: 'nano', tasks: 8, rho: 0.5 },
      { scale: 'micro', tasks: 8, rho: -0.1 },
    ]),
    'The two readings order the tasks by floor with ρ = 0.50 at nano and -0.10 at micro.',
  ],
  [say.readingsAgree([]), 'No size has the floors of two tasks.'],
  [
    say.curveFactor(found),
    'Our curves are off the published ones by a factor of 1.88 (95 % interval 1.4 to 2.5).',
  ],
  [
    say.tableAgreement({ within: eight, correlation: 0.654, off: [] }),
    'Steps agree within a factor of two in 7 of 8 cells (95 % interval 53 % to 98 %). The rank correlation is 0.65.',
  ],
  [say.offCells([]), 'No cell is off by more than a factor of two.'],
  [
    say.byDepth(eight),
    'The last layer falls deepest in 7 of 8 combinations of task and size (95 % interval 53 % to 98 %).',
  ],
  [
    say.byTime({ share: undefined, chance: undefined }),
    'No net of three layers or more has two that fall.',
  ],
  [
    say.rungsBySize('printed formula', new Map([['nano', [fit('token', 2), fit('level', 5)]]])),
    'By the printed formula the floor is most often nearest to p(token | task-level, place) at nano (5 of 8).',
  ],
  [
    say.classMeans(
      [0.4, 0.8, 0.9].map((between, i) => ({
        ...{ task: ['PAR', 'ADD', 'MOD'][i], classes: 9, rank: 3, rankOfMeans: 2, rankOfRest: 4 },
        ...{ between, loss: 1, lossOfMeans: [1.63, 1.01, 1.02][i] },
      })),
    ),
    'Level and place hold 80 % of the states’ variance in the median task (40 % to 90 %). ' +
      'Read out from class means, the loss is 0.02 nats higher in the median, 0.63 in PAR.',
  ],
  [
    say.leadsOfAll([lead(2), lead(21), lead(1.1)]),
    'In the median 2 of 3 measures rise before acquisition, least and most by a factor of 2 and 21.',
  ],
  [say.leadsOfAll([lead(0.5)]), 'In the median 0 of 1 measure rises before acquisition.'],
  [
    say.llcPeak({ peak: 368, published: 300, acquired: 5100 }),
    'The LLC of MOD at nano peaks at step 368 (published: 300). MOD is acquired at step 5,100 (median of its levels that are).',
  ],
];

test('what is found is said in one sentence, with its number and interval', () => {
  for (const [said, sentence] of SENTENCES) assert.equal(said, sentence);
});
