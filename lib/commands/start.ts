import notebooks from './notebooks';
import { command } from './options';

/** `npm start`. */
export default command({
  options: {},
  more: `Every notebook trains, measures and plots live. "npm run ledger" prints the claims one by one,
"npm run lab" opens the notebooks.`,
  run: () => notebooks.run({ parameter: [], commit: false }, []),
});
