import { describe, expect, test } from 'vitest';
import { SymbolTable } from '../../../../src/lib/recording/compact/cells/symbol-table.ts';

describe('a symbol table', () => {
  test('numbers symbols as they come, each once', () => {
    const table = new SymbolTable();
    expect([table.add('NSE:TCS-EQ'), table.add('NSE:ACC-EQ'), table.add('NSE:TCS-EQ')]).toEqual([0, 1, 0]);
    expect(table.nameOf(1)).toBe('NSE:ACC-EQ');
    expect(table.find('NSE:ACC-EQ')).toBe(1);
    expect(table.find('NSE:INFY-EQ')).toBeUndefined();
    expect(table.size).toBe(2);
  });

  test('finds them in bytes, thousands of them, as it finds their texts', () => {
    const table = new SymbolTable();
    const names = Array.from({ length: 5_000 }, (_, number) => `NSE:S${number}-EQ`);
    const bytes = Buffer.from(`"${names.join('","')}"`);
    for (let round = 0; round < 2; round++) {
      let at = 1;
      const numbers = names.map((name) => {
        const number = table.addBytes(bytes, at, at + name.length);
        at += name.length + 3;
        return number;
      });
      expect(numbers).toEqual(names.map((_, number) => number));
    }
    expect(names.map((name) => table.add(name))).toEqual(names.map((_, number) => number));
    // The beginning of a name that is there is another name.
    expect(table.addBytes(Buffer.from('NSE:S12-EQ'), 0, 7)).toBe(5_000);
    expect(table.nameOf(5_000)).toBe('NSE:S12');
  });

  test('ranks them by their text, also after more have come', () => {
    const table = new SymbolTable();
    for (const symbol of ['NSE:B-EQ', 'NSE:A-EQ']) table.add(symbol);
    expect([...table.ranks()]).toEqual([1, 0]);
    table.add('BSE:Z-A');
    expect([...table.ranks()]).toEqual([2, 1, 0]);
  });

  test.each([[''], ['NSE:\u00dc-EQ'], ['a\nb'], ['x'.repeat(101)]])('has no number for %j', (text) => {
    expect(new SymbolTable().add(text)).toBeUndefined();
  });
});
