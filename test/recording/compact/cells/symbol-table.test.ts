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
