import type { HsmConnection } from './hsm-connection.ts';
import type { Question } from './stall-watch.ts';
import type { Channel, Subscriptions, WantedTopic } from './subscriptions.ts';

const CHANNELS = ['full', 'lite'] as const satisfies readonly Channel[];

/** Brings the wire in line with what is wanted of these topics. Topics that need no change are left alone. */
export function alignSubscriptions(
  connection: HsmConnection,
  book: Subscriptions,
  entries: Iterable<WantedTopic>,
): void {
  const leaving: Record<Channel, WantedTopic[]> = { full: [], lite: [] };
  const coming: WantedTopic[] = [];
  for (const entry of entries) {
    const wanted = book.topic(entry.topic) === entry ? entry.wantedChannel : undefined;
    if (wanted === entry.channel) continue;
    // Off one channel before on the other: the snapshot that follows brings the topic up to date.
    if (entry.channel) leaving[entry.channel].push(entry);
    if (wanted) coming.push(entry);
  }
  for (const channel of CHANNELS) connection.unsubscribe(leaving[channel], channel);
  for (const entry of coming) entry.stage = 'sent';
  // A frame is refused whole: what was accepted before must not depend on what is new.
  subscribeAll(
    connection,
    coming.filter((entry) => entry.wasLive),
  );
  subscribeAll(
    connection,
    coming.filter((entry) => !entry.wasLive),
  );
}

/** Asks about silent topics on the channel that each is subscribed on. */
export function askAbout(connection: HsmConnection, question: Question, entries: readonly WantedTopic[]): void {
  for (const channel of CHANNELS) {
    connection.ask(
      question,
      entries.filter((entry) => entry.channel === channel),
      channel,
    );
  }
}

/** Subscribes topics on the channel each is wanted on. */
function subscribeAll(connection: HsmConnection, entries: readonly WantedTopic[]): void {
  for (const channel of CHANNELS) {
    connection.subscribe(
      entries.filter((entry) => entry.wantedChannel === channel),
      channel,
    );
  }
}
