import type { LandscapeRow, ProbeRow } from '../run/tables';
import type { Place, Where } from './place';
import type { Subject } from './subject';

/** A column of a part, and the least and largest value that can be. */
interface PartColumn<S> {
  readonly label: string;
  range(settings: S): readonly [low: number, high: number];
}

/** A row without the place and step that it is of. */
type Unplaced<Row> = Partial<Omit<Row, 'step' | 'task' | 'level' | 'note'>>;
/** What a part has found: rows of its table. */
export type Found = Unplaced<LandscapeRow> | Unplaced<ProbeRow>;

/**
 * A part of the landscape: one measure, or several that share their work. Tables, checks, `npm run measure` and the
 * findings' signals follow from this alone. `measure` alone loads TensorFlow, so that readers of tables do without.
 */
export interface Part<S extends object = object> {
  /** One word. */
  readonly name: string;
  /** One line for help texts. */
  readonly about: string;
  readonly on: Where;
  /** All that determines the numbers besides weights and tasks, and where it is from. */
  readonly settings: S;
  readonly source: string;
  /** `landscape`: a row for each of `columns`, which are measures. `probes`: a row for each layer, with these columns. */
  readonly table: 'landscape' | 'probes';
  readonly columns: Readonly<Record<string, PartColumn<S>>>;
  /** Measures one place of a model. @throws RangeError or Problem where it cannot: the rows then keep the message. */
  measure(subject: Subject, place: Place, settings: S): Promise<readonly Found[]>;
}

const column = (low: number, high: number) => {
  return (label: string): PartColumn<object> => ({ label, range: () => [low, high] });
};
export const SHARE = column(0, 1);
/** Any finite number. */
export const ANY = column(-Number.MAX_VALUE, Number.MAX_VALUE);
export const POSITIVE = column(0, Number.MAX_VALUE);
