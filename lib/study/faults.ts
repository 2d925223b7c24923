/** What is wrong with a table, in words. Of each kind the first is told. */
export class Faults {
  readonly found: string[] = [];
  private readonly kinds = new Set<string>();

  /** @param fault says what is wrong, and where; what begins with the same word is of one kind. */
  unless(holds: boolean, fault: () => readonly string[]): void {
    if (holds) return;
    const words = fault();
    const [kind] = words[0].split(' ', 1);
    if (this.kinds.has(kind)) return;
    this.kinds.add(kind);
    this.found.push(words.join(' '));
  }

  /**
   * Holds the rows of a table against the steps and rows that it should have.
   * @param steps that the table may have; all of them, where `all`.
   * @param keysAt what should be there at a step, each once.
   */
  grid<R extends { readonly step: number }>(
    name: string,
    rows: readonly R[],
    steps: readonly number[],
    keysAt: (step: number) => readonly string[],
    keyOf: (row: R) => string,
    all = true,
  ): void {
    const table = `${name}.csv`;
    const counts = new Map<number, Map<string, number>>();
    for (const [i, row] of rows.entries()) {
      if (i > 0 && row.step < rows[i - 1].step) {
        this.unless(false, () => [
          `${table} goes back from step ${rows[i - 1].step} to ${row.step}`,
        ]);
      }
      const own = counts.get(row.step) ?? new Map();
      counts.set(row.step, own.set(keyOf(row), (own.get(keyOf(row)) ?? 0) + 1));
    }
    const known = new Set(steps);
    const unknown = [...counts.keys()].filter((step) => !known.has(step));
    const absent = all ? steps.filter((step) => !counts.has(step)) : [];
    const list = (found: readonly (number | string)[]) =>
      `${found[0]}${found.length > 1 ? ` and ${found.length - 1} more` : ''}`;
    if (unknown.length > 0) {
      this.found.push(`${table} has step ${list(unknown)}, which is not a step of its schedule`);
    }
    if (absent.length > 0) this.found.push(`${table} lacks step ${list(absent)}`);
    if (all && rows.length > 0 && rows.at(-1)?.step !== steps.at(-1)) {
      this.found.push(`${table} ends at step ${rows.at(-1)?.step}, not ${steps.at(-1)}`);
    }
    for (const [step, own] of counts) {
      const keys = keysAt(step);
      const lacking = keys.filter((key) => !own.has(key));
      const double = [...own].filter(([, count]) => count > 1).map(([key]) => key);
      const foreign = [...own.keys()].filter((key) => !keys.includes(key));
      if (lacking.length > 0) this.found.push(`${table} lacks ${list(lacking)} at step ${step}`);
      if (double.length > 0) this.found.push(`${table} has ${list(double)} twice at step ${step}`);
      if (foreign.length > 0) {
        this.found.push(`${table} has ${list(foreign)} at step ${step}, which is not known`);
      }
      // Where one step is wrong, more may be; the first is enough to look.
      if (lacking.length + double.length + foreign.length > 0) return;
    }
  }
}
