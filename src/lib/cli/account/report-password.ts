import type { CommandContext } from '../program/program.ts';

/** A login needs a new password when the old one has expired: so much earlier it is a warning. */
const SOON_DAYS = 7;

/** When the password of the account expires, for messages. */
export function describePasswordEnd(days: number): { readonly message: string; readonly isSoon: boolean } {
  const when = days === 0 ? 'today' : `in ${days} day${days === 1 ? '' : 's'}`;
  return { message: `the FYERS password of this account expires ${when}`, isSoon: days <= SOON_DAYS };
}

/** Reports when the password of the account expires. @param days undefined when the broker does not say */
export function reportPassword(days: number | undefined, { reporter }: Pick<CommandContext, 'reporter'>): void {
  if (days === undefined) return;
  const { message, isSoon } = describePasswordEnd(days);
  const fields = { event: 'password', days };
  if (isSoon) reporter.warn(message, fields);
  else reporter.info(message, fields);
}
