/** One line on standard error, so that what a command prints for programs stays clean. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
