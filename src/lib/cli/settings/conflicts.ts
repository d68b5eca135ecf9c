import { TickpipeError } from '../../errors/tickpipe-error.ts';
import { SETTING_SOURCES, type Settings } from './settings.ts';

/** Two flags that contradict each other. `values` narrows the second flag to some of its values. */
interface Conflict {
  readonly flags: readonly [string, string];
  readonly values?: readonly unknown[];
}

const CONFLICTS: readonly Conflict[] = [
  { flags: ['quiet', 'verbose'] },
  { flags: ['snapshot', 'count'] },
  { flags: ['append', 'force'] },
  { flags: ['events', 'format'], values: ['csv', 'table'] },
  { flags: ['raw', 'format'] },
  { flags: ['raw', 'events'] },
];

/** Flags that mean nothing without another. */
const NEEDS: readonly (readonly [string, string])[] = [
  ['max-age', 'snapshot'],
  ['append', 'output'],
];

/**
 * Settles contradictions in place: of two flags set in different places the stronger place wins and the other is as if unset;
 * set in the same place they are an error (`USAGE` on the command line, `BAD_CONFIGURATION` elsewhere).
 */
export function resolveConflicts(settings: Settings): void {
  for (const { flags, values } of CONFLICTS) {
    const [first, second] = flags;
    if (!isSet(settings, first) || !isSet(settings, second)) continue;
    if (values && !values.includes(settings.values[second])) continue;
    const difference = strengthOf(settings, first) - strengthOf(settings, second);
    if (difference === 0) throw contradiction(settings, first, second, values !== undefined);
    unset(settings, difference > 0 ? second : first);
  }
  settleDirect(settings);
  settlePlayback(settings);
  for (const [flag, needed] of NEEDS) {
    if (!(needed in settings.sources) || settings.sources[flag] !== 'flag' || isSet(settings, needed)) continue;
    throw new TickpipeError('USAGE', `--${flag} needs --${needed}`);
  }
}

/** A socket of one's own is one to FYERS: with ticks from elsewhere the flag would be ignored unseen. */
function settleDirect(settings: Settings): void {
  if (!isSet(settings, 'direct') || !isSet(settings, 'feed') || settings.values['feed'] === 'fyers') return;
  if (strengthOf(settings, 'feed') > strengthOf(settings, 'direct')) unset(settings, 'direct');
  else throw refuse(settings, 'direct', '--direct goes with --feed fyers only');
}

/** How fast only a recording can be told. Set for all commands alike it is ignored where it means nothing. */
function settlePlayback(settings: Settings): void {
  const { feed } = settings.values;
  if (feed === undefined || (typeof feed === 'object' && feed !== null && 'recording' in feed)) return;
  for (const flag of ['speed', 'loop']) {
    if (!isSet(settings, flag)) continue;
    if (settings.sources[flag] === 'flag') throw refuse(settings, flag, `--${flag} goes with --feed file:PATH only`);
    unset(settings, flag);
  }
}

function contradiction(settings: Settings, first: string, second: string, withValue: boolean): TickpipeError {
  const message = `--${first} and --${second}${withValue ? ` ${settings.values[second]}` : ''} exclude each other`;
  return refuse(settings, first, message);
}

function refuse({ sources }: Settings, flag: string, message: string): TickpipeError {
  return new TickpipeError(sources[flag] === 'flag' ? 'USAGE' : 'BAD_CONFIGURATION', message);
}

function isSet(settings: Settings, flag: string): boolean {
  const value = settings.values[flag];
  return value !== undefined && value !== false;
}

function strengthOf(settings: Settings, flag: string): number {
  return SETTING_SOURCES.indexOf(settings.sources[flag] ?? 'default');
}

function unset(settings: Settings, flag: string): void {
  settings.values[flag] = settings.values[flag] === true ? false : undefined;
  settings.sources[flag] = 'default';
}
