import type { TopicKind } from '../market/kinds.ts';
import { SLOT_COUNTS } from '../market/slots.ts';
import type { TopicState } from '../market/tick.ts';

/** The decoder's own, writable side of a topic's state. `attachment` is the owner's, the decoder never looks at it. */
export class HsmTopicState<A> implements TopicState {
  readonly topic: string;
  readonly kind: TopicKind;
  readonly values: Int32Array;
  /** A property of its own: reading one that is missing takes longer. */
  readonly columns = undefined;
  /** The number it is updated under; -1 while it has none. */
  topicId = -1;
  known = 0;
  changed = 0;
  multiplier = 1;
  precision = 2;
  receivedAt = 0;
  /** When it was last heard of, monotonic milliseconds. */
  heardAt = 0;
  attachment: A | undefined;

  constructor(topic: string, kind: TopicKind) {
    this.topic = topic;
    this.kind = kind;
    this.values = new Int32Array(SLOT_COUNTS[kind]);
  }
}
