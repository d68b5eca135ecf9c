import { readFileSync } from 'node:fs';

/** A signal that the terminal sends to its programs when a key is typed. */
export type KeySignal = 'SIGINT' | 'SIGQUIT' | 'SIGTSTP';

/** How this process is stopped and goes on, for tests. */
export interface JobControl {
  on(signal: 'SIGTSTP' | 'SIGCONT', listener: () => void): unknown;
  off(signal: 'SIGTSTP' | 'SIGCONT', listener: () => void): unknown;
  /** Sends a signal to all programs of this one's job, as the terminal does. */
  raise(signal: KeySignal): void;
  /** Stops this process until it gets SIGCONT. */
  stop(): void;
}

export const ownJob: JobControl = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  raise: (signal) => process.kill(0, signal),
  stop: () => process.kill(process.pid, 'SIGSTOP'),
};

const OWN_STAT = '/proc/self/stat';

/**
 * Whether this process may read its terminal and set its mode. The terminal stops a program in the background that does. True where
 * the system does not say: only Linux has the file.
 */
export function isInForeground(readStat: () => string = () => readFileSync(OWN_STAT, 'utf8')): boolean {
  let stat: string;
  try {
    stat = readStat();
  } catch {
    return true;
  }
  // The name of the program comes before, in parentheses, and may itself have some: state, parent, group, session, terminal, its group.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [group, foreground] = [fields[2], fields[5]];
  return group === undefined || foreground === undefined || group === foreground;
}
