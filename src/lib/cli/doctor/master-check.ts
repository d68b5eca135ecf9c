import { DAY_MS, formatIstMinute, istDate, istMidnight } from '../../clock/ist.ts';
import { isDue } from '../../symbols/master/master-day.ts';
import { MASTER_FILES } from '../../symbols/master/symbol-master.ts';
import { joinWords } from '../../text/join-words.ts';
import { formatCount } from '../program/amounts.ts';
import { type Check, passed, warned } from './check.ts';

const HINT = 'run tickpipe symbols refresh';

/** The cached symbol master: whether it is there, whole and of today. Streams work without it, by asking for each symbol. */
export const masterCheck: Check = {
  appliesTo: (feed) => feed === 'fyers',
  limitMs: 10_000,
  run: async ({ context }) => {
    const { env, clock } = context.program;
    // Loaded here: with another feed the master is not looked at.
    const { inspectMasterCache } = await import('../../symbols/master/read-cache.ts');
    const { directory, master, unusable } = inspectMasterCache({ env });
    const damages = Array.from(unusable, ([name, reason]) => `${name} in ${directory} cannot be used (${reason})`);
    if (master === undefined) {
      const nothing = 'nothing is cached: symbols are looked up one by one, and wrong ones get fewer suggestions';
      return warned([...damages, nothing].join('; '), HINT);
    }
    const now = clock.now();
    const oldest = Math.min(...master.files.map(({ checkedAtMs }) => checkedAtMs));
    const description = `${formatCount(master.size, 'symbol')}, confirmed ${formatDay(oldest, now)}`;
    const missing = MASTER_FILES.filter(
      (name) => !unusable.has(name) && !master.files.some((file) => file.name === name),
    );
    const faults = [
      ...damages,
      ...(missing.length > 0 ? [`without ${joinWords(missing)}`] : []),
      ...(isDue(oldest, now) ? ['the files of today were not asked for yet'] : []),
    ];
    return faults.length === 0 ? passed(description) : warned([description, ...faults].join('; '), HINT);
  },
};

/** `at 08:10 IST`, `yesterday at 08:10 IST`, `3 days ago`. */
function formatDay(atMs: number, nowMs: number): string {
  const days = Math.round((istMidnight(istDate(nowMs)) - istMidnight(istDate(atMs))) / DAY_MS);
  if (days > 1) return `${days} days ago`;
  const time = `at ${formatIstMinute(atMs)} IST`;
  if (days === 1) return `yesterday ${time}`;
  return days === 0 ? time : `${time} of ${istDate(atMs)}, which is in the future`;
}
