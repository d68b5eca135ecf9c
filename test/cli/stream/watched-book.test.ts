import { describe, expect, it } from 'vitest';
import { WatchedBook } from '../../../src/lib/cli/stream/watched-book.ts';
import type { Feed, SubscriptionResult } from '../../../src/lib/feed/feed.ts';
import type { Subscription } from '../../../src/lib/market/kinds.ts';
import type { Tick } from '../../../src/lib/market/tick.ts';
import { endTurn } from '../../output/rows/fake-rows.ts';
import { makeTick } from '../../support/make-tick.ts';

const SBIN = 'NSE:SBIN-EQ';
const INFY = 'NSE:INFY-EQ';

function makeBook(answer: (subscription: Subscription) => SubscriptionResult) {
  const asked: string[] = [];
  const note = (what: string) => async (subscriptions: readonly Subscription[]) => {
    asked.push(...subscriptions.map(({ kind, symbol }) => `${what} ${kind} ${symbol}`));
    return subscriptions.map(answer);
  };
  const feed = { subscribe: note('+'), unsubscribe: note('-') } as unknown as Feed;
  const shown: (string | number)[] = [];
  const onBook = (book: Tick | string): void => void shown.push(typeof book === 'string' ? book : book.id);
  return { book: new WatchedBook(feed), asked, shown, onBook };
}

const accepted = (subscription: Subscription): SubscriptionResult => ({ subscription, status: 'accepted' });

describe('a watched book', () => {
  it('is subscribed, shown, and given up for the next', async () => {
    const { book, asked, shown, onBook } = makeBook(accepted);
    book.watch(SBIN, onBook);
    await endTurn();
    expect(book.takes(makeTick(7, 'depth', SBIN))).toBe(true);
    book.watch(INFY, onBook);
    await endTurn();
    // A tick that was under way is neither shown nor a row.
    expect(book.takes(makeTick(7, 'depth', SBIN))).toBe(true);
    book.watch(undefined);
    await endTurn();
    expect(book.takes(makeTick(8, 'depth', INFY))).toBe(true);
    expect(asked).toEqual([`+ depth ${SBIN}`, `- depth ${SBIN}`, `+ depth ${INFY}`, `- depth ${INFY}`]);
    expect(shown).toEqual([7]);
  });

  it('leaves other ticks to the stream', () => {
    const { book } = makeBook(accepted);
    expect(book.takes(makeTick(0, 'symbol', SBIN))).toBe(false);
  });

  it('of lines that were only passed over is not subscribed', async () => {
    const { book, asked, onBook } = makeBook(accepted);
    book.watch(SBIN, onBook);
    book.watch(INFY, onBook);
    await endTurn();
    expect(asked).toEqual([`- depth ${SBIN}`, `+ depth ${INFY}`]);
  });

  it('that the feed does not have says why', async () => {
    const unknown = makeBook((subscription) => ({ subscription, status: 'unknown' }));
    unknown.book.watch(SBIN, unknown.onBook);
    const code = 'RATE_LIMITED';
    const refused = makeBook((subscription) => ({ subscription, status: 'refused', code, message: 'at most 5000' }));
    refused.book.watch(SBIN, refused.onBook);
    const broken = makeBook(() => {
      throw new Error('the hub is gone');
    });
    broken.book.watch(SBIN, broken.onBook);
    await endTurn();
    expect(unknown.shown).toEqual(['no depth: the feed does not know it']);
    expect(refused.shown).toEqual(['no depth: at most 5000']);
    expect(broken.shown).toEqual(['no depth: the hub is gone']);
  });
});
