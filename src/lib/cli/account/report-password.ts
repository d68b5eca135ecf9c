import type { CommandContext } from '../program/program.ts';

/** From here on it is a warning. */
const SOON_DAYS = 7;

/** Reports when the password of the account expires: a login needs a new one then. @param days undefined when the broker does not say */
export function reportPassword(days: number | undefined, { reporter }: Pick<CommandContext, 'reporter'>): void {
  if (days === undefined) return;
  const when = days === 0 ? 'today' : `in ${days} day${days === 1 ? '' : 's'}`;
  const message = `the FYERS password of this account expires ${when}`;
  const fields = { event: 'password', days };
  if (days <= SOON_DAYS) reporter.warn(message, fields);
  else reporter.info(message, fields);
}
