import { z } from 'zod';
import { ROW_TYPES } from '../market/kinds.ts';
import { RECORDED_KINDS } from './layout.ts';

/*
 * The lines of a recording's meta file, one JSON object each: a Header first; the last known row of each symbol at the start,
 * as a row of the contract; what happened meanwhile; a Footer last, in files that were finished.
 */

/** The version of all that a recording's files hold. Another one is refused. */
export const RECORDING_SCHEMA = 1;

const wireSubscription = z.tuple([z.enum(Object.values(ROW_TYPES)), z.string()]);

export const headerSchema = z.object({
  type: z.literal('Header'),
  schema: z.literal(RECORDING_SCHEMA),
  kind: z.enum(RECORDED_KINDS),
  /** What the ticks came from, in words. */
  feed: z.string(),
  simulated: z.boolean(),
  /** When the file began, epoch milliseconds. */
  started: z.number(),
  run: z.string(),
  number: z.number().int(),
  /** Of this program. */
  version: z.string(),
  /** Which process writes it, so that another one lets it be while it runs. */
  writer: z.object({ pid: z.number().int(), start: z.string(), place: z.string().optional() }),
  /** What was subscribed when the file began. */
  symbols: z.array(z.string()),
  /** The condition that the rows match; without it all rows were recorded. */
  where: z.string().optional(),
  /** Of rows: the form of each value, in its place (recorded-rows.ts). */
  row: z.record(z.string(), z.unknown()).optional(),
  /** Of raw messages: what was subscribed, and the symbols of each topic. */
  subscriptions: z.array(wireSubscription).optional(),
  topics: z.record(z.string(), z.array(z.string())).optional(),
});
export type Header = z.infer<typeof headerSchema>;

/** Symbols came or went while the file was written. `at`: epoch milliseconds. */
export const changedSchema = z.object({
  type: z.literal('Changed'),
  at: z.number(),
  added: z.array(z.string()),
  dropped: z.array(z.string()),
});
export type Changed = z.infer<typeof changedSchema>;

/** Why a file ended. `recovered`: its program did not, and the next one finished it. */
export const FOOTER_REASONS = ['rotated', 'stopped', 'failed', 'recovered'] as const;

export const footerSchema = z.object({
  type: z.literal('Footer'),
  /** Epoch milliseconds. */
  ended: z.number(),
  /** Lines in the data file. */
  rows: z.number().int(),
  reason: z.enum(FOOTER_REASONS),
});
export type Footer = z.infer<typeof footerSchema>;
