import { describe, expect, it } from 'vitest';
import { ALL_SLOTS } from '../../src/lib/market/tick.ts';
import { LoggingDecoder } from './event-log.ts';
import {
  authWithDictionary,
  FIRST_SBIN,
  LITE_NIFTY,
  numbered,
  SNAPSHOT_NIFTY,
  SNAPSHOT_SBIN,
  started,
  TOPIC_SBIN,
  UPDATE_SBIN,
} from './hand-written.ts';

describe('a snapshot', () => {
  it('binds a topic and gives its values, those without a value left out', () => {
    expect(
      started()
        .decode(numbered(1, 1, SNAPSHOT_SBIN))
        .take(),
    ).toEqual(FIRST_SBIN);
  });

  it('says when it came and that everything changed', () => {
    const { decoder } = started(numbered(1, 1, SNAPSHOT_SBIN));
    expect(decoder.state('sf|nse_cm|3045')).toMatchObject({
      changed: ALL_SLOTS,
      receivedAt: 1,
    });
  });

  it('without new values is reported, but is no tick', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 1, SNAPSHOT_SBIN));
    expect(log.take()).toEqual([`snapshot ${TOPIC_SBIN} 0:61050 1:1000`, 'ack 2']);
  });

  it('with another scale is a tick in which everything changed', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 1, SNAPSHOT_SBIN.replace('0001 02', '0064 04')));
    expect(log.take().slice(0, 2)).toEqual([
      'snapshot sf|nse_cm|3045 100 4 0:61050 1:1000',
      'tick sf|nse_cm|3045 100 4 0:61050 1:1000',
    ]);
  });

  it('with another scale forgets what it leaves out: those values would be other prices', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    const rescaled = SNAPSHOT_SBIN.replace('0001 02', '0001 04').replace('000003e8', '80000000');
    log.decode(numbered(2, 1, rescaled));
    expect(log.take()[1]).toBe('tick sf|nse_cm|3045 1 4 0:61050');
  });

  it('with multiplier 0 has a multiplier of 1, and says so', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN.replace('0001 02', '0000 02')));
    expect(log.decoder.state('sf|nse_cm|3045')).toMatchObject({ multiplier: 1, precision: 2 });
    log.decode(numbered(2, 1, SNAPSHOT_SBIN.replace('0001 02', '0000 04')));
    expect(log.take()).toEqual([
      'scale sf|nse_cm|3045 no_multiplier',
      'snapshot sf|nse_cm|3045 1 4 0:61050 1:1000',
      'tick sf|nse_cm|3045 1 4 0:61050 1:1000',
      'ack 2',
    ]);
    expect(log.decoder.counters.refusedSnapshots).toBe(0);
  });

  it.each([
    ['precision 10', SNAPSHOT_SBIN.replace('0001 02', '0001 0a'), ['scale sf|nse_cm|3045 unusable']],
    ['multiplier 0 and precision 255', SNAPSHOT_SBIN.replace('0001 02', '0000 ff'), ['scale sf|nse_cm|3045 unusable']],
    ['an unknown kind of topic', SNAPSHOT_SBIN.replace('73667c', '7a7a7c'), []],
  ])('with %s is refused, reported and counted, its id not bound', (_name, snapshot, told) => {
    const log = started();
    log.decode(numbered(1, 2, `${snapshot}\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual(told);
    expect(log.decoder.counters).toMatchObject({ refusedSnapshots: 1, unboundPackets: 1 });
  });

  it('may bind an id anew, and a topic to another id', () => {
    const other = SNAPSHOT_SBIN.replace('33303435       ;', '31353934       ;');
    const log = started(numbered(1, 1, SNAPSHOT_SBIN), numbered(2, 1, other));
    log.decode(numbered(3, 1, UPDATE_SBIN));
    expect(log.take()).toEqual(['tick sf|nse_cm|1594 1 2 0:61060 1:1000']);
    log.decode(
      numbered(4, 2, `${SNAPSHOT_SBIN.replace('53 0007', '53 0009')}\n${UPDATE_SBIN.replace('0007', '0009')}`),
    );
    expect(log.take()).toEqual([`snapshot ${TOPIC_SBIN} 0:61050 1:1000`, `tick ${TOPIC_SBIN} 0:61060 1:1000`, 'ack 4']);
  });

  it('that is refused takes its id from the topic that had it', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 1, SNAPSHOT_NIFTY.replace('53 0008', '53 0007').replace('0001 02', '0001 0a')));
    log.decode(numbered(3, 1, UPDATE_SBIN));
    expect(log.take()).toEqual(['scale if|nse_cm|Nifty 50 unusable', 'ack 2']);
    expect(log.decoder.counters).toMatchObject({ refusedSnapshots: 1, unboundPackets: 1 });
  });

  it('that is refused takes the id of its topic, too: what comes under that would be of an unknown scale', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 1, SNAPSHOT_SBIN.replace('53 0007', '53 0009').replace('0001 02', '0001 0a')));
    log.decode(numbered(3, 2, `${UPDATE_SBIN}\n${UPDATE_SBIN.replace('0007', '0009')}`));
    expect(log.take()).toEqual(['scale sf|nse_cm|3045 unusable', 'ack 2']);
    expect(log.decoder.counters).toMatchObject({ refusedSnapshots: 1, unboundPackets: 2 });
    log.decode(numbered(4, 2, `${SNAPSHOT_SBIN}\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual([`snapshot ${TOPIC_SBIN} 0:61050 1:1000`, `tick ${TOPIC_SBIN} 0:61060 1:1000`, 'ack 4']);
  });

  it('of a topic under a new id leaves the old one', () => {
    const log = started(numbered(1, 2, `${SNAPSHOT_SBIN}\n${SNAPSHOT_SBIN.replace('53 0007', '53 0000')}`));
    log.decode(numbered(2, 1, UPDATE_SBIN));
    expect(log.take()).toEqual(['ack 2']);
    expect(log.decoder.counters.unboundPackets).toBe(1);
    log.decode(numbered(3, 2, `${UPDATE_SBIN.replace('0007', '0000')}\n${SNAPSHOT_SBIN}`));
    log.decode(numbered(4, 2, `${UPDATE_SBIN.replace('0007', '0000')}\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual([
      `tick ${TOPIC_SBIN} 0:61060 1:1000`,
      `snapshot ${TOPIC_SBIN} 0:61050 1:1000`,
      `tick ${TOPIC_SBIN} 0:61050 1:1000`,
      `tick ${TOPIC_SBIN} 0:61060 1:1000`,
      'ack 4',
    ]);
    expect(log.decoder.counters.unboundPackets).toBe(2);
  });

  it('of more topics than there are ids is refused', () => {
    const { decoder } = started();
    const topics = 65_536;
    const shell = (name: string): string =>
      `53 0001 08 ${Buffer.from(`sf|${name}`).toString('hex')} 00 0000 0001 02 00 00 00`;
    for (let first = 0; first < topics; first += 4_096) {
      const snapshots = Array.from({ length: 4_096 }, (_, n) => shell((first + n).toString(16).padStart(5, '0')));
      decoder.decode(numbered(first, snapshots.length, snapshots.join('')), 1);
    }
    expect(decoder.counters).toMatchObject({ packets: topics, refusedSnapshots: 0, malformed: 0 });
    decoder.decode(numbered(1, 2, `${shell('zzzzz')}\n${shell('00000')}`), 1);
    expect(decoder.counters.refusedSnapshots).toBe(1);
    expect(decoder.state('sf|zzzzz')).toBeUndefined();
  });

  it('may have more fields than we know, or fewer', () => {
    const many = SNAPSHOT_NIFTY.replace('02 0027b0c9 00279fc6', `0a 0027b0c9 ${'00000001'.repeat(9)}`);
    expect(
      started()
        .decode(numbered(1, 1, many))
        .take()[1],
    ).toBe(`tick if|nse_cm|Nifty 50 1 2 0:2601161 ${[1, 2, 3, 4, 5, 6, 7].map((slot) => `${slot}:1`).join(' ')}`);
    const none = SNAPSHOT_NIFTY.replace('02 0027b0c9 00279fc6', '00');
    expect(
      started()
        .decode(numbered(1, 1, none))
        .take()[1],
    ).toBe('tick if|nse_cm|Nifty 50 1 2 ');
  });
});

describe('an update', () => {
  it('changes what it has a value for', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 1, UPDATE_SBIN));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN} 0:61060 1:1000`, 'ack 2']);
    expect(log.decoder.state('sf|nse_cm|3045')?.changed).toBe(1);
  });

  it('in which nothing changed is no tick', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 1, '55 0007 03 0000ee7a 80000000 80000000'));
    expect(log.take()).toEqual(['ack 2']);
  });

  it('of an id that nothing has bound is skipped and counted; what follows is read', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 2, `55 00ff 02 00000001 00000002\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN} 0:61060 1:1000`, 'ack 2']);
    expect(log.decoder.counters.unboundPackets).toBe(1);
  });
});

describe('a lite packet', () => {
  it('changes the last price, of an index too', () => {
    const log = started(numbered(1, 1, SNAPSHOT_NIFTY));
    log.decode(numbered(2, 1, LITE_NIFTY));
    expect(log.take()[0]).toBe('tick if|nse_cm|Nifty 50 1 2 0:2601162 1:2596806');
  });

  it('of an unknown id is skipped where both kinds have as many values', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 2, `4c 00ff 00000001\n${UPDATE_SBIN}`));
    expect(log.take()[0]).toBe(`tick ${TOPIC_SBIN} 0:61060 1:1000`);
  });

  it('of depth ends the frame: there is none, so its size cannot be known', () => {
    const depth = SNAPSHOT_SBIN.replace('73667c', '64707c');
    const log = started(numbered(1, 2, `${depth}\n${SNAPSHOT_NIFTY}`));
    log.decode(numbered(2, 2, `4c 0007 00000001\n${LITE_NIFTY}`));
    expect(log.take()).toEqual(['ack 2']);
    expect(log.decoder.counters.malformed).toBe(1);
  });

  it('of an unknown id ends the frame where they differ: its size cannot be known', () => {
    const log = new LoggingDecoder().decode(authWithDictionary({ scrip_lite: { hfid: 2 } }));
    log.decode(numbered(1, 1, SNAPSHOT_SBIN));
    log.take();
    log.decode(numbered(2, 2, `4c 00ff 00000001\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual(['ack 2']);
    expect(log.decoder.counters.malformed).toBe(1);
    log.decode(numbered(3, 2, `4c 0007 0000ee7b 00000001\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN} 0:61051`, `tick ${TOPIC_SBIN} 0:61060`]);
  });

  it('ends the frame where the dictionary gives it a size that makes no sense', () => {
    const log = new LoggingDecoder().decode(authWithDictionary({ index_lite: { hfid: '1' } }));
    expect(log.decoder.counters.malformed).toBe(1);
    log.decode(numbered(1, 1, SNAPSHOT_NIFTY));
    log.take();
    log.decode(numbered(2, 1, LITE_NIFTY));
    expect(log.take()).toEqual(['ack 2']);
    expect(log.decoder.counters.malformed).toBe(2);
  });
});
