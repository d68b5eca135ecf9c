import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { renderRowTypes } from '../../scripts/row-types.ts';
import { SAMPLE_ROWS } from '../../src/lib/market/sample-rows.ts';
import * as library from '../../src/library/index.ts';
import { RowFeed } from '../../src/library/row-feed.ts';
import * as schemas from '../../src/library/schemas.ts';

const read = (name: string) => readFile(new URL(`../../src/library/${name}`, import.meta.url), 'utf8');

/** The names that a file exports: `export { a, type B } from`, `export type { C } from`, `export function d`. */
function exportedNames(text: string): string[] {
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names = '']) => names.split(','));
  const declared = [...text.matchAll(/^export (?:async )?(?:function|const|class|interface|type) (\w+)/gm)];
  const names = [...listed, ...declared.map(([, name = '']) => name)];
  return names.map((name) => name.replace('type ', '').trim()).filter((name) => name !== '');
}

// Written down by hand: a new name is a promise, and one that goes breaks programs.
test('the library has these names, and no other', async () => {
  expect(Object.keys(library).sort()).toEqual(['Simulator', 'TickpipeError', 'decode', 'encodeRow', 'openFeed']);
  const text = await read('index.ts');
  expect(text.match(/^export type \* from .*$/gm)).toEqual(["export type * from './row-types.ts';"]);
  expect([...exportedNames(text), ...exportedNames(await read('row-types.ts'))].sort()).toEqual([
    'Bar',
    'BreakReason',
    'ControlRow',
    'DecodeOptions',
    'DecodedMessage',
    'DepthLevel',
    'DepthUpdate',
    'EncodeOptions',
    'ErrorCode',
    'FeedCounters',
    'FeedEvent',
    'FeedSource',
    'FeedState',
    'FeedStatus',
    'Gap',
    'GapRow',
    'IndexUpdate',
    'Kind',
    'LiteUpdate',
    'LiveSource',
    'RawMessage',
    'RecordedSource',
    'Row',
    'RowFeed',
    'RowListener',
    'SimulatedSource',
    'Simulator',
    'SimulatorSettings',
    'SkippedRow',
    'StatusRow',
    'Subscription',
    'SubscriptionResult',
    'SubscriptionStage',
    'SymbolUpdate',
    'TickpipeError',
    'decode',
    'encodeRow',
    'openFeed',
  ]);
});

test('the schemas have these names, and no other', async () => {
  expect(Object.keys(schemas).sort()).toEqual(['allRowsJsonSchema', 'rowJsonSchema', 'rowSchemas']);
  expect(exportedNames(await read('schemas.ts')).sort()).toEqual([
    'JsonSchema',
    'RowIssue',
    'RowSchema',
    'allRowsJsonSchema',
    'rowJsonSchema',
    'rowSchemas',
  ]);
});

test('the objects of the library have these members', () => {
  const membersOf = (object: object) => Object.getOwnPropertyNames(object).sort();
  expect(membersOf(library.Simulator.prototype)).toEqual([
    'authUrl',
    'clearFaults',
    'close',
    'constructor',
    'dataUrl',
    'environment',
    'inject',
    'masterUrl',
    'socketUrl',
    'tick',
    'token',
  ]);
  expect(membersOf(RowFeed.prototype)).toEqual([
    'close',
    'constructor',
    'pause',
    'resume',
    'simulated',
    'status',
    'subscribe',
    'unsubscribe',
  ]);
});

test('the row types are those of the schemas: npm run docs makes them', async () => {
  const withoutBlanks = (text: string) => text.replace(/[\s|;]+/g, '');
  expect(withoutBlanks(await read('row-types.ts'))).toBe(withoutBlanks(renderRowTypes()));
});

test('the schemas accept what tickpipe prints, and name what is wrong', () => {
  for (const [type, line] of Object.entries(SAMPLE_ROWS)) {
    const schema = schemas.rowSchemas[type as keyof typeof schemas.rowSchemas];
    expect(schema.parse(JSON.parse(line))).toEqual(JSON.parse(line));
    expect(schema['~standard'].vendor).toBe('zod');
  }
  const wrong = { ...JSON.parse(SAMPLE_ROWS.LiteUpdate), ltp: '874.65' };
  const result = schemas.rowSchemas.LiteUpdate.safeParse(wrong);
  expect(result.success).toBe(false);
  expect(result.success ? [] : result.error.issues).toMatchObject([{ path: ['ltp'] }]);
  expect(schemas.rowJsonSchema('Gap')).toMatchObject({
    title: 'Gap',
    required: ['type', 'from', 'to', 'reason', 'symbols'],
  });
  expect(schemas.allRowsJsonSchema()['oneOf']).toHaveLength(7);
});
