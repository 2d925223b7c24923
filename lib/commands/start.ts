import { ledgerCounts } from './ledger';
import { notebooks } from './notebooks';
import { command } from './options';
import { say } from './say';

export const start = command({
  options: {},
  more: `Every notebook trains, measures and plots live. "npm run ledger" prints the claims one by one,
"npm run lab" opens the notebooks.`,
  run: async () => {
    const code = await notebooks.run({ parameter: [], commit: false }, []);
    say(await ledgerCounts());
    return code;
  },
});
