import { TickpipeError } from '../../errors/tickpipe-error.ts';
import type { SubscriptionResult } from '../../feed/feed.ts';
import type { Subscription } from '../../market/kinds.ts';
import type { Answer } from './hub-connection.ts';

/** Each subscription with what became of it, in the order asked. Throws `BUG` for an answer to something else. */
export function alignResults(answer: Answer, subscriptions: readonly Subscription[]): SubscriptionResult[] {
  const results = answer.type === 'result' ? answer.results : [];
  if (results.length !== subscriptions.length) throw strangeAnswer();
  return subscriptions.map((subscription, at) => ({ subscription, ...results[at] }) as SubscriptionResult);
}

/** Where the hub listens. Throws `BUG` for an answer to something else. */
export function readUrl(answer: Answer): string {
  if (answer.type !== 'listening') throw strangeAnswer();
  return answer.url;
}

const strangeAnswer = (): TickpipeError => new TickpipeError('BUG', 'the shared session answered something else');
