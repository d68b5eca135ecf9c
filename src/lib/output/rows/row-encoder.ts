import type { Column } from '../../market/columns.ts';
import type { Kind } from '../../market/kinds.ts';
import type { Tick } from '../../market/tick.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { ValueStyle } from './cell-writer.ts';
import type { RowEncoder, RowFormat, TimeFormat } from './encoder.ts';
import { columnNamed, type Field, SIMULATED, selectFlat, selectNested } from './field-selection.ts';
import { PatchedRow } from './patched-row.ts';
import { createLayout, type RowLayout, type RowTemplate, TemplateBuilder } from './row-layout.ts';
import { RowMemory } from './row-memory.ts';

export interface RowEncoderOptions {
  readonly format: Exclude<RowFormat, 'table'>;
  /** Kinds of rows there can be. */
  readonly kinds: readonly Kind[];
  /** Selected fields in their order, checked before; without it the contract's. */
  readonly fields?: readonly string[] | undefined;
  readonly time: TimeFormat;
  readonly simulated: boolean;
  /** Leaves out the CSV header. */
  readonly noHeader?: boolean | undefined;
}

/** Creates an encoder of rows as bytes. All choices are made here, none per tick. */
export function createRowEncoder(options: RowEncoderOptions): RowEncoder {
  const { style, template, header } = ROW_STYLES[options.format];
  const layouts = new Map(
    options.kinds.map((kind) => [kind, createLayout(template(kind, options), style(options.time))]),
  );
  return new PatchingEncoder(layouts, header !== undefined && !options.noHeader ? header(options) : '');
}

class PatchingEncoder implements RowEncoder {
  readonly header: string;
  readonly #layouts: ReadonlyMap<Kind, RowLayout>;
  /** By tick id. */
  readonly #rows: (PatchedRow | undefined)[] = [];
  readonly #memory = new RowMemory();

  constructor(layouts: ReadonlyMap<Kind, RowLayout>, header: string) {
    this.#layouts = layouts;
    this.header = header;
  }

  skip(tick: Tick): void {
    // A row that was never written is written whole, whatever was skipped before.
    this.#rows[tick.id]?.skip(tick);
  }

  encode(tick: Tick, into: ByteBuffer): void {
    const row = this.#rows[tick.id] ?? this.#createRow(tick);
    row.append(tick, into);
  }

  forget(tick: Tick): void {
    this.#rows[tick.id]?.release();
    this.#rows[tick.id] = undefined;
  }

  #createRow(tick: Tick): PatchedRow {
    const layout = this.#layouts.get(tick.kind);
    if (layout === undefined) throw new RangeError(`no rows of kind ${tick.kind} were foreseen`);
    const row = new PatchedRow(layout, this.#memory);
    this.#rows[tick.id] = row;
    return row;
  }
}

const ndjsonStyle = (time: TimeFormat): ValueStyle => ({ time, absent: 'null', quote: (text) => JSON.stringify(text) });

/** The layout of NDJSON rows of one kind. */
export function ndjsonTemplate(
  kind: Kind,
  { fields, simulated }: Pick<RowEncoderOptions, 'fields' | 'simulated'>,
): RowTemplate {
  const builder = new TemplateBuilder();
  const selected = selectNested(kind, fields);
  for (const [position, field] of selected.entries()) {
    builder.text(`${position === 0 ? '{' : ','}${JSON.stringify(field.name)}:`);
    addNested(builder, field);
  }
  const open = selected.length === 0 ? '{' : '';
  const mark = simulated ? `${selected.length === 0 ? '' : ','}"${SIMULATED}":true` : '';
  return builder.text(`${open}${mark}}\n`).finish();
}

function addNested(builder: TemplateBuilder, field: Field): void {
  if ('side' in field) addSide(builder, field.side);
  else if (field.column) builder.column(field.column);
  else builder.text('null');
}

const LEVEL_KEYS = ['price', 'quantity', 'orders'] as const;

function addSide(builder: TemplateBuilder, side: readonly Column[]): void {
  for (const [position, column] of side.entries()) {
    const key = LEVEL_KEYS[position % LEVEL_KEYS.length] as string;
    const open = position === 0 ? '[{' : key === 'price' ? '},{' : ',';
    builder.text(`${open}"${key}":`).column(column);
  }
  builder.text('}]');
}

const csvStyle = (time: TimeFormat): ValueStyle => ({ time, absent: '', quote: quoteCsv });

/** RFC 4180: quotes around what holds a comma, a quote or a line end. */
function quoteCsv(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Values as they are: no value holds a tab or a line end. */
const rawStyle = (time: TimeFormat): ValueStyle => ({ time, absent: '', quote: (text) => text });

/** Values between separators, the book flattened, then the end of the line. */
function flatTemplate(
  kind: Kind,
  { kinds, fields }: RowEncoderOptions,
  separator: string,
  lineEnd: string,
): RowTemplate {
  const builder = new TemplateBuilder();
  for (const [position, name] of selectFlat(kinds, fields).entries()) {
    if (position > 0) builder.text(separator);
    const column = columnNamed(kind, name);
    if (column) builder.column(column);
  }
  return builder.text(lineEnd).finish();
}

function csvHeader({ kinds, fields, simulated }: RowEncoderOptions): string {
  const names = selectFlat(kinds, fields);
  return `${(simulated ? [...names, SIMULATED] : names).join(',')}\n`;
}

interface RowStyle {
  readonly style: (time: TimeFormat) => ValueStyle;
  readonly template: (kind: Kind, options: RowEncoderOptions) => RowTemplate;
  /** The line above the rows, for a format that has one. */
  readonly header?: (options: RowEncoderOptions) => string;
}

const ROW_STYLES: Readonly<Record<RowEncoderOptions['format'], RowStyle>> = {
  ndjson: { style: ndjsonStyle, template: ndjsonTemplate },
  csv: {
    style: csvStyle,
    template: (kind, options) => flatTemplate(kind, options, ',', options.simulated ? ',true\n' : '\n'),
    header: csvHeader,
  },
  raw: { style: rawStyle, template: (kind, options) => flatTemplate(kind, options, '\t', '\n') },
};

/** The layout of rows of one kind in a format. */
export function rowTemplate(kind: Kind, options: RowEncoderOptions): RowTemplate {
  return ROW_STYLES[options.format].template(kind, options);
}

/** How a format prints values. */
export function valueStyle({ format, time }: Pick<RowEncoderOptions, 'format' | 'time'>): ValueStyle {
  return ROW_STYLES[format].style(time);
}
