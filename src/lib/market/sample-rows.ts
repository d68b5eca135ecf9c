import type { RowSchemaName } from './rows.ts';

/** A row of each type as the program printed it, from the simulator; with its fault `drop` and a slow reader for the control rows. */
export const SAMPLE_ROWS: Readonly<Record<RowSchemaName, string>> = {
  SymbolUpdate:
    '{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","ltp":874.65,"open":877.75,"high":879.95,"low":869.35,"close":874.65,"prev_close":875.5,"change":-0.85,"change_percent":-0.1,"bid":874.55,"ask":874.75,"bid_size":45,"ask_size":377,"volume":103987,"last_qty":1,"avg_price":876.82,"total_buy_qty":6238,"total_sell_qty":44132,"oi":null,"year_high":1173.65,"year_low":629.1,"lower_circuit":700.4,"upper_circuit":1050.6,"last_trade_time":1796040790,"exchange_time":1796040790,"received_at":1796040790195,"simulated":true}',
  IndexUpdate:
    '{"type":"IndexUpdate","symbol":"NSE:NIFTY50-INDEX","ltp":26019.45,"open":25893.8,"high":26131.9,"low":25887.3,"close":26019.45,"prev_close":26068.15,"change":-48.7,"change_percent":-0.19,"year_high":28067.95,"year_low":21415.6,"exchange_time":1796040790,"received_at":1796040790195,"simulated":true}',
  DepthUpdate:
    '{"type":"DepthUpdate","symbol":"NSE:SBIN-EQ","bid":[{"price":874.55,"quantity":45,"orders":15},{"price":874.45,"quantity":143,"orders":13},{"price":874.35,"quantity":420,"orders":15},{"price":874.25,"quantity":848,"orders":16},{"price":874.15,"quantity":21,"orders":1}],"ask":[{"price":874.75,"quantity":377,"orders":29},{"price":874.85,"quantity":207,"orders":9},{"price":874.95,"quantity":279,"orders":9},{"price":875.05,"quantity":1060,"orders":20},{"price":875.15,"quantity":8,"orders":8}],"spread":0.2,"imbalance":-0.1332,"received_at":1796040837210,"simulated":true}',
  LiteUpdate: '{"type":"LiteUpdate","symbol":"NSE:SBIN-EQ","ltp":874.65,"received_at":1796040790476,"simulated":true}',
  Gap: '{"type":"Gap","from":1796040888725,"to":1796040889071,"reason":"server_closed","symbols":["NSE:SBIN-EQ"]}',
  Status: '{"type":"Status","state":"disconnected","at":1796040888744,"reason":"server_closed"}',
  Skipped: '{"type":"Skipped","rows":40202,"at":1796040895738}',
};
