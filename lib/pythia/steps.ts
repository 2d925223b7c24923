/** Updates of Pythia's pre-training (Biderman et al. 2023, section 2.3). */
export const PYTHIA_STEPS = 143_000;

/** Pythia's checkpoints: 0, the powers of two up to 512, every thousandth update, the last; 154 for the whole 143,000. */
export function checkpointSteps(last: number): number[] {
  const steps = [0, ...Array.from({ length: 10 }, (_, i) => 2 ** i)];
  for (let step = 1000; step < last; step += 1000) steps.push(step);
  return [...steps.filter((step) => step < last), last];
}

/** Steps spread evenly on a log scale, for a first look: 0, the powers of two, then 1, 2, 4, … thousand. */
export function logSteps(last: number): number[] {
  const thousands = new Set(Array.from({ length: 20 }, (_, i) => 1000 * 2 ** i));
  return checkpointSteps(last).filter(
    (step) => step < 1000 || step === last || thousands.has(step),
  );
}

/** Name of a step's branch on the hub. */
export function revisionOf(step: number): string {
  return `step${step}`;
}
