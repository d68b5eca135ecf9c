import { ROW_TYPES, type RowType } from '../../market/kinds.ts';
import type { Hub } from '../core/hub.ts';
import { reportHub, reportStatus } from './hub-status.ts';
import { SharedText } from './shared-text.ts';

/** Four statuses a second, ten times all last values. */
const STATUS_PERIOD_MS = 250;
const VALUES_PERIOD_MS = 100;

/** One status in the two forms in which it is asked for. */
export interface StatusTexts {
  /** The answer of `GET /api/websocket/status`. */
  readonly answer: Buffer;
  /** The message of a WebSocket. */
  readonly message: Buffer;
}

/** The large answers of a hub. With 5,000 symbols and twenty clients a status is over 2 MB: clients share each that is made. */
export class HubTexts {
  readonly status: SharedText<StatusTexts>;
  /** What `tickpipe status` prints. */
  readonly hub: SharedText<Buffer>;
  readonly values: Readonly<Record<RowType, SharedText<Buffer>>>;

  constructor(hub: Hub) {
    const { clock } = hub;
    this.status = new SharedText(clock, STATUS_PERIOD_MS, () => makeStatus(hub));
    this.hub = new SharedText<Buffer>(clock, STATUS_PERIOD_MS, () => Buffer.from(JSON.stringify(reportHub(hub))));
    const types = Object.values(ROW_TYPES);
    this.values = Object.fromEntries(
      types.map((type) => [type, new SharedText<Buffer>(clock, VALUES_PERIOD_MS, () => makeValues(hub, type))]),
    ) as Record<RowType, SharedText<Buffer>>;
  }

  close(): void {
    for (const text of [this.status, this.hub, ...Object.values(this.values)]) text.close();
  }
}

export function makeStatus(hub: Hub): StatusTexts {
  const data = JSON.stringify(reportStatus(hub));
  return {
    answer: Buffer.from(`{"status":"success","data":${data}}`),
    message: Buffer.from(`{"type":"status","data":${data}}`),
  };
}

function makeValues(hub: Hub, type: RowType): Buffer {
  const values: string[] = [];
  for (const value of hub.values()) {
    if (!value.hasRow || ROW_TYPES[value.kind] !== type) continue;
    values.push(`${JSON.stringify(value.symbol)}:${hub.lastRow(value)}`);
  }
  return Buffer.from(`{"status":"success","data_type":"${type}","data":{${values.join(',')}}}`);
}
