import type { Segment } from '../../market/topics.ts';
import { type Exchange, type ListedInstrument, MASTER_FILES, type MasterFileName } from './symbol-master.ts';

/** What is true of all rows of a file. */
export interface SourceFile {
  readonly exchange: Exchange;
  readonly segment: Segment;
  /** The CSV says 1 for every lot: the lot is `qtyMultiplier` of the JSON file. */
  readonly lotsInJson: boolean;
}

export const SOURCE_FILES: Readonly<Record<MasterFileName, SourceFile>> = {
  NSE_CM: { exchange: 'NSE', segment: 'nse_cm', lotsInJson: false },
  NSE_FO: { exchange: 'NSE', segment: 'nse_fo', lotsInJson: false },
  NSE_CD: { exchange: 'NSE', segment: 'cde_fo', lotsInJson: true },
  NSE_COM: { exchange: 'NSE', segment: 'nse_com', lotsInJson: true },
  BSE_CM: { exchange: 'BSE', segment: 'bse_cm', lotsInJson: false },
  BSE_FO: { exchange: 'BSE', segment: 'bse_fo', lotsInJson: false },
  MCX_COM: { exchange: 'MCX', segment: 'mcx_fo', lotsInJson: true },
};

/** The file that has an instrument; `undefined` where FYERS publishes none, as for currencies of BSE. */
export function fileOfInstrument({
  exchange,
  segment,
}: Pick<ListedInstrument, 'exchange' | 'segment'>): MasterFileName | undefined {
  return MASTER_FILES.find(
    (name) => SOURCE_FILES[name].exchange === exchange && SOURCE_FILES[name].segment === segment,
  );
}
