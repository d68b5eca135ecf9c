import { describe, expect, it } from 'vitest';
import { formatControlRow } from '../../../src/lib/output/rows/control-rows.ts';

const at = Date.parse('2026-11-23T09:15:00.123+05:30');

describe('formatControlRow', () => {
  it('has the keys of the contract in their order, whatever the order given', () => {
    const gap = { symbols: ['NSE:SBIN-EQ'], reason: 'stalled', to: at + 1, from: at, type: 'Gap' } as const;
    expect(formatControlRow(gap, 'epoch')).toBe(
      `{"type":"Gap","from":${at},"to":${at + 1},"reason":"stalled","symbols":["NSE:SBIN-EQ"]}\n`,
    );
    expect(formatControlRow({ type: 'Status', state: 'live', at, reason: null }, 'epoch')).toBe(
      `{"type":"Status","state":"live","at":${at},"reason":null}\n`,
    );
    expect(formatControlRow({ type: 'Skipped', rows: 7, at }, 'epoch')).toBe(
      `{"type":"Skipped","rows":7,"at":${at}}\n`,
    );
  });

  it('prints its times in India with --time iso', () => {
    const gap = { type: 'Gap', from: at, to: at + 60_000, reason: 'stalled', symbols: [] } as const;
    expect(formatControlRow(gap, 'iso')).toBe(
      '{"type":"Gap","from":"2026-11-23T09:15:00.123+05:30","to":"2026-11-23T09:16:00.123+05:30","reason":"stalled","symbols":[]}\n',
    );
    expect(formatControlRow({ type: 'Skipped', rows: 7, at }, 'iso')).toContain('"at":"2026-11-23T09:15:00.123+05:30"');
  });
});
