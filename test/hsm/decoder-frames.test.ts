import { describe, expect, it } from 'vitest';
import { HsmDecoder } from '../../src/lib/hsm/decoder.ts';
import { hex, LoggingDecoder } from './event-log.ts';
import {
  AUTH_ACK_2,
  AUTH_NO_ACK,
  FIRST_SBIN,
  numbered,
  plain,
  SNAPSHOT_NIFTY,
  SNAPSHOT_SBIN,
  started,
  TOPIC_SBIN,
  UPDATE_SBIN,
} from './hand-written.ts';

describe('a frame', () => {
  it('is acknowledged after as many as the server asked for, whatever is in it', () => {
    const log = started();
    log.decode(
      numbered(0xfffffffe, 1, SNAPSHOT_SBIN),
      numbered(0xffffffff, 1, '7f'),
      numbered(0, 0, ''),
      numbered(1, 0, ''),
    );
    expect(log.take().filter((event) => event.startsWith('ack'))).toEqual(['ack 4294967295', 'ack 1']);
  });

  it.each([
    ['one byte', '0001 02'],
    ['four bytes', '0004 00000002'],
    ['eight bytes', '0008 0000000000000002'],
  ])('counts acks by a field of %s as well', (_name, field) => {
    const auth = hex(`0000 01 02 01 0001 4b 02 ${field}`);
    const log = new LoggingDecoder().decode(auth, numbered(1, 0, ''), numbered(2, 0, ''));
    expect(log.take()).toEqual(['control auth ok', 'ack 2']);
  });

  it('counts for an ack though it is cut short, if need be with the next number that can be read', () => {
    const log = started().decode(hex('0001 06 00000001'), hex('0001 06 00000002'));
    expect(log.take()).toEqual(['ack 2']);
    log.decode(hex('0001 06'), hex('0001 06 000000'), hex('0001 06 00000005'), hex('0001 06 00000006'));
    expect(log.take()).toEqual(['ack 5']);
    expect(log.decoder.counters).toMatchObject({ dataFrames: 0, malformed: 6 });
  });

  it('is counted for an ack anew after an auth', () => {
    const log = started(numbered(1, 0, ''), AUTH_ACK_2);
    expect(log.decode(numbered(2, 0, ''), numbered(3, 0, '')).take()).toEqual(['ack 3']);
  });

  it('that goes on after its last packet is counted as malformed, and its packets are used', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 1, `${UPDATE_SBIN}\n00`));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN} 0:61060 1:1000`, 'ack 2']);
    expect(log.decoder.counters.malformed).toBe(1);
  });

  it('gives each of its topics the time of arrival, also where nothing changed', () => {
    const { decoder } = started(numbered(1, 2, `${SNAPSHOT_SBIN}\n${SNAPSHOT_NIFTY}`));
    decoder.decode(numbered(2, 1, '55 0007 01 0000ee7a'), 5);
    expect(decoder.state('sf|nse_cm|3045')?.receivedAt).toBe(5);
    expect(decoder.state('if|nse_cm|Nifty 50')?.receivedAt).toBe(1);
  });

  it('that comes after a refused auth is read as before', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    expect(log.decode(hex('0006 01 01 01 0001 4e')).take()).toEqual(['control auth refused']);
    expect(log.decode(numbered(2, 1, UPDATE_SBIN)).take()).toEqual([`tick ${TOPIC_SBIN} 0:61060 1:1000`, 'ack 2']);
  });

  it('of an unknown type, or without a type, is counted and ignored', () => {
    const log = started().decode(hex('0002 0d 00'), hex('0002 00 00'), hex('0001'), Buffer.alloc(0));
    expect(log.take()).toEqual([]);
    expect(log.decoder.counters).toMatchObject({ unknownFrames: 2, malformed: 2 });
  });

  it('keeps what stands before an unknown packet and loses what follows it', () => {
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    log.decode(numbered(2, 3, `${UPDATE_SBIN}\n7a 0001\n${UPDATE_SBIN}`));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN} 0:61060 1:1000`, 'ack 2']);
    expect(log.decoder.counters.unknownPackets).toBe(1);
  });

  it('may be longer than its length prefix can say', () => {
    const updates = Array.from({ length: 9_000 }, (_, n) => `55 0007 01 ${(70_000 + n).toString(16).padStart(8, '0')}`);
    const log = started(numbered(1, 1, SNAPSHOT_SBIN));
    const frame = numbered(2, updates.length, updates.join('\n'));
    expect(frame.length).toBeGreaterThan(0xffff);
    expect(log.decode(frame).take()).toHaveLength(updates.length + 1);
  });

  it('without acks is read with and without a message number', () => {
    for (const frames of [
      [plain(1, SNAPSHOT_SBIN), plain(1, UPDATE_SBIN)],
      [numbered(1, 1, SNAPSHOT_SBIN), numbered(2, 1, UPDATE_SBIN)],
    ]) {
      const log = new LoggingDecoder().decode(AUTH_NO_ACK, ...frames);
      expect(log.take()).toEqual(['control auth ok', ...FIRST_SBIN, `tick ${TOPIC_SBIN} 0:61060 1:1000`]);
    }
  });

  it('that fits no reading keeps the one that held before', () => {
    const log = new LoggingDecoder().decode(AUTH_NO_ACK, plain(1, SNAPSHOT_SBIN));
    log.take();
    log.decode(plain(2, `${UPDATE_SBIN}\n7a`));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN} 0:61060 1:1000`]);
    const fresh = new LoggingDecoder().decode(AUTH_NO_ACK, plain(2, `${UPDATE_SBIN}\n7a`));
    expect(fresh.take()).toEqual(['control auth ok']);
    expect(fresh.decoder.counters.malformed).toBe(1);
  });

  it('that is empty proves no reading', () => {
    const log = new LoggingDecoder().decode(AUTH_NO_ACK, numbered(1, 1, SNAPSHOT_SBIN), plain(0, ''));
    log.take();
    log.decode(numbered(2, 2, `${UPDATE_SBIN}\n7a`));
    expect(log.take()).toEqual([`tick ${TOPIC_SBIN} 0:61060 1:1000`]);
  });

  it('that comes before the answer to auth is read in the default order', () => {
    expect(new LoggingDecoder().decode(numbered(1, 1, SNAPSHOT_SBIN)).take()).toEqual(FIRST_SBIN);
  });

  it('is applied whole when the sink throws, and the first error comes out', () => {
    const seen: string[] = [];
    const decoder = new HsmDecoder<never>({
      control: () => {},
      snapshot: () => {},
      tick: ({ topic }) => {
        seen.push(topic);
        throw new Error(`sink ${seen.length}`);
      },
      ackDue: () => {},
    });
    expect(() => decoder.decode(numbered(1, 2, `${SNAPSHOT_SBIN}\n${SNAPSHOT_NIFTY}`), 1)).toThrow('sink 1');
    expect(seen).toEqual(['sf|nse_cm|3045', 'if|nse_cm|Nifty 50']);
    expect(() => decoder.decode(hex('0002 0d 00'), 1)).not.toThrow();
  });
});
