import { describe, expect, it } from 'vitest';
import { isIndexSymbol, normalizeSymbol } from '../../src/lib/market/symbols.ts';
import names from '../../src/lib/symbols/index-names.json' with { type: 'json' };
import { indexFeedName } from '../../src/lib/symbols/index-names.ts';

describe('indexFeedName', () => {
  it('knows the table', () => {
    expect(indexFeedName('NSE:NIFTY50-INDEX')).toBe('Nifty 50');
    expect(indexFeedName('BSE:SENSEX-INDEX')).toBe('SENSEX');
    expect(indexFeedName('NSE:NIFTY50 EQL WGT-INDEX')).toBe('NIFTY50 EQL Wgt');
  });

  it('gives two symbols of one index the same name', () => {
    expect(indexFeedName('NSE:NIFTYNEXT50-INDEX')).toBe('Nifty Next 50');
    expect(indexFeedName('NSE:NIFTYNXT50-INDEX')).toBe('Nifty Next 50');
  });

  it('knows no others', () => {
    for (const symbol of ['NSE:NOPE-INDEX', 'NSE:SBIN-EQ', 'toString', '__proto__', ''])
      expect(indexFeedName(symbol)).toBeUndefined();
  });

  it('has only symbols a user can type, and names that fit a topic', () => {
    expect(Object.keys(names).length).toBeGreaterThan(100);
    for (const [symbol, name] of Object.entries(names)) {
      expect(normalizeSymbol(symbol)).toBe(symbol);
      expect(isIndexSymbol(symbol)).toBe(true);
      expect(name).toMatch(/^[\x20-\x7e]{1,100}$/);
      expect(name).not.toContain('|');
    }
  });
});
