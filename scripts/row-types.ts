import { rowJsonSchema } from '../src/lib/market/row-json-schema.ts';
import { ROW_SCHEMAS, type RowSchemaName } from '../src/lib/market/rows.ts';
import { BAR } from '../src/lib/output/records/bar-record.ts';
import { recordJsonSchema } from '../src/lib/output/records/record-json-schema.ts';

interface Property {
  readonly description?: string;
  readonly 'x-unit'?: string;
  readonly 'x-null'?: string;
  readonly type?: string | readonly string[];
  readonly const?: string | boolean;
  readonly anyOf?: readonly Property[];
  readonly items?: Property;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
}

/** The rows of ticks, in the order of the contract; the others are about the stream. */
const TICK_ROWS: readonly RowSchemaName[] = ['SymbolUpdate', 'IndexUpdate', 'DepthUpdate', 'LiteUpdate'];

/** src/library/row-types.ts: the rows as interfaces, with what the schemas say about each column. */
export function renderRowTypes(): string {
  const names = Object.keys(ROW_SCHEMAS) as RowSchemaName[];
  const ticks = TICK_ROWS.map((name) => `${name}<Time>`).join(' | ');
  const controls = names.filter((name) => !TICK_ROWS.includes(name)).map((name) => `${nameOf(name)}<Time>`);
  const [side] = Object.values((rowJsonSchema('DepthUpdate') as Property).properties ?? {}).filter(
    ({ items }) => items,
  );
  return `/*
 * Made from src/lib/market/rows.ts by \`npm run docs\`: declarations that need no other package.
 * \`Time\` is \`number\` in rows of a feed. In rows that were printed with \`--time iso\` times are texts: \`Row<string>\`.
 */

/** One level of the order book. */
export interface DepthLevel {
${renderProperties(side?.items ?? {})}}

${names.map((name) => `export interface ${nameOf(name)}<Time extends number | string = number> {\n${renderProperties(rowJsonSchema(name))}}\n`).join('\n')}
/** A row of a tick. The four types differ in \`type\`. */
export type Row<Time extends number | string = number> = ${ticks};

/** A bar (\`tickpipe schema Bar\`). Columns of indicators are further keys. */
export interface Bar<Time extends number | string = number> {
${renderProperties(recordJsonSchema(BAR))}}

/** Rows about the stream, which \`--events\` prints among the ticks. */
export type ControlRow<Time extends number | string = number> = ${controls.join(' | ')};
`;
}

/** A gap is also an event of a feed: the row of it has another name. */
function nameOf(name: RowSchemaName): string {
  return TICK_ROWS.includes(name) ? name : `${name}Row`;
}

function renderProperties({ properties = {}, required = [] }: Property): string {
  return Object.entries(properties)
    .map(([name, property]) => {
      const { description = '', 'x-unit': unit, 'x-null': isNull } = property;
      const about = [description, unit && `Unit: ${unit}.`, isNull && `Null: ${isNull}.`].filter(Boolean).join(' ');
      const isRequired = required.includes(name);
      return `${about ? `  /** ${about} */\n` : ''}  readonly ${name}${isRequired ? '' : '?'}: ${typeOf(property)}${isRequired ? '' : ' | undefined'};\n`;
    })
    .join('');
}

function typeOf(property: Property): string {
  const types = typesOf(property);
  // A number or a text is a time.
  const isTime = types.includes('number') && types.includes('string');
  const rest = isTime ? types.filter((type) => type !== 'number' && type !== 'string') : types;
  return [...(isTime ? ['Time'] : []), ...rest].join(' | ');
}

function typesOf({ type, const: constant, anyOf, items }: Property): readonly string[] {
  if (constant !== undefined) return [typeof constant === 'string' ? `'${constant}'` : String(constant)];
  if (anyOf) return anyOf.flatMap(typesOf);
  if (type === 'array') return [items?.properties ? 'readonly DepthLevel[]' : `readonly ${typeOf(items ?? {})}[]`];
  return type === undefined ? ['unknown'] : [type].flat();
}
