/** What a hub on the simulator answered, with a REST caller, a `stream symbols` and a WebSocket client; by operation. */
const ANSWERED = {
  connectFeed:
    '{"status":"success","data":{"connected":true,"subscriptions":{"SymbolUpdate":[],"IndexUpdate":[],"DepthUpdate":[],"LiteUpdate":[]},"data_cache":{"SymbolUpdate":0,"IndexUpdate":0,"DepthUpdate":0,"LiteUpdate":0}}}',
  disconnectFeed:
    '{"status":"success","data":{"connected":true,"subscriptions":{"SymbolUpdate":["NSE:SBIN-EQ","NSE:INFY-EQ"],"IndexUpdate":["NSE:NIFTY50-INDEX"],"DepthUpdate":["NSE:SBIN-EQ"],"LiteUpdate":[]},"data_cache":{"SymbolUpdate":2,"IndexUpdate":1,"DepthUpdate":1,"LiteUpdate":0}},"message":"1 session keeps it connected"}',
  subscribeSymbols:
    '{"status":"success","message":"Subscribed to 2 symbols","data_type":"SymbolUpdate","symbols":["NSE:SBIN-EQ","NSE:NIFTY50-INDEX"],"rejected":[{"symbol":"NSE:NOPE-EQ","code":"UNKNOWN_SYMBOL"}]}',
  unsubscribeSymbols:
    '{"status":"success","message":"Unsubscribed from 1 symbol","data_type":"SymbolUpdate","symbols":["NSE:SBIN-EQ"]}',
  getConnectionStatus:
    '{"status":"success","data":{"connected":true,"streaming":true,"since":1796051553507,"token_expires_at":null,"subscriptions":{"SymbolUpdate":["NSE:SBIN-EQ","NSE:INFY-EQ"],"IndexUpdate":["NSE:NIFTY50-INDEX"],"DepthUpdate":["NSE:SBIN-EQ"],"LiteUpdate":[]},"data_cache":{"SymbolUpdate":2,"IndexUpdate":1,"DepthUpdate":1,"LiteUpdate":0},"sessions":[{"id":"s1","pid":null,"command":"rest","symbols":["NSE:SBIN-EQ","NSE:NIFTY50-INDEX"],"rows":0,"skipped":0,"since":1796051554412},{"id":"s2","pid":1251,"command":"stream symbols","symbols":["NSE:INFY-EQ"],"rows":59,"skipped":0,"since":1796051554899},{"id":"s3","pid":null,"command":"websocket","symbols":["NSE:SBIN-EQ","NSE:NIFTY50-INDEX"],"rows":55,"skipped":0,"since":1796051556951}],"counters":{"messages":156,"bytes":17915,"ticks":195,"malformed":0,"reconnects":0,"gaps":0},"simulated":true}}',
  getLastValues:
    '{"status":"success","data_type":"SymbolUpdate","data":{"NSE:SBIN-EQ":{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","ltp":873.55,"open":877.75,"high":879.95,"low":869.35,"close":873.55,"prev_close":875.5,"change":-1.95,"change_percent":-0.22,"bid":873.55,"ask":873.65,"bid_size":110,"ask_size":247,"volume":104566,"last_qty":8,"avg_price":876.8,"total_buy_qty":6219,"total_sell_qty":44129,"oi":null,"year_high":1173.65,"year_low":629.1,"lower_circuit":700.4,"upper_circuit":1050.6,"last_trade_time":1796051558,"exchange_time":1796051558,"received_at":1796051558405,"simulated":true}}}',
  getLastValue:
    '{"status":"success","symbol":"NSE:SBIN-EQ","data":{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","ltp":873.55,"open":877.75,"high":879.95,"low":869.35,"close":873.55,"prev_close":875.5,"change":-1.95,"change_percent":-0.22,"bid":873.55,"ask":873.65,"bid_size":110,"ask_size":247,"volume":104566,"last_qty":8,"avg_price":876.8,"total_buy_qty":6219,"total_sell_qty":44129,"oi":null,"year_high":1173.65,"year_low":629.1,"lower_circuit":700.4,"upper_circuit":1050.6,"last_trade_time":1796051558,"exchange_time":1796051558,"received_at":1796051558405,"simulated":true}}',
  getBars:
    '{"status":"success","symbol":"NSE:SBIN-EQ","interval":"5s","data":[{"type":"Bar","symbol":"NSE:SBIN-EQ","interval":"5s","start":1796087715,"end":1796087720,"open":874.75,"high":874.75,"low":874.65,"close":874.65,"volume":14,"vwap":874.6857,"ticks":2,"oi":null,"final":true,"partial":true,"gap_ms":0,"received_at":1796087719985,"simulated":true},{"type":"Bar","symbol":"NSE:SBIN-EQ","interval":"5s","start":1796087720,"end":1796087725,"open":874.55,"high":875.65,"low":872.75,"close":872.75,"volume":1032,"vwap":874.3182,"ticks":122,"oi":null,"final":false,"partial":false,"gap_ms":0,"received_at":1796087724960,"simulated":true}]}',
  getHistory:
    '{"status":"success","symbol":"NSE:SBIN-EQ","interval":"1m","data":[{"type":"Bar","symbol":"NSE:SBIN-EQ","interval":"1m","start":1796010300,"end":1796010360,"open":868.45,"high":868.45,"low":868,"close":868,"volume":400,"vwap":null,"ticks":0,"oi":null,"final":true,"partial":false,"gap_ms":0,"received_at":1796090090711,"source":"history","simulated":true},{"type":"Bar","symbol":"NSE:SBIN-EQ","interval":"1m","start":1796010360,"end":1796010420,"open":868,"high":869.1,"low":868,"close":869.1,"volume":399,"vwap":null,"ticks":0,"oi":null,"final":true,"partial":false,"gap_ms":0,"received_at":1796090090711,"source":"history","simulated":true}]}',
  getHubStatus:
    '{"hub":{"pid":1207,"since":1796051553507,"feed":"the simulator","state":"live","token_expires_at":null,"last_tick_at":1796051558469,"reconnects":0,"gaps":0,"simulated":true},"sessions":[{"id":"s1","pid":null,"command":"rest","symbols":["NSE:SBIN-EQ","NSE:NIFTY50-INDEX"],"rows":0,"skipped":0,"since":1796051554412},{"id":"s2","pid":1251,"command":"stream symbols","symbols":["NSE:INFY-EQ"],"rows":59,"skipped":0,"since":1796051554899},{"id":"s3","pid":null,"command":"websocket","symbols":["NSE:SBIN-EQ","NSE:NIFTY50-INDEX"],"rows":55,"skipped":0,"since":1796051556951}],"subscriptions":{"SymbolUpdate":["NSE:SBIN-EQ","NSE:INFY-EQ"],"IndexUpdate":["NSE:NIFTY50-INDEX"],"DepthUpdate":["NSE:SBIN-EQ"],"LiteUpdate":[]},"silent":[]}',
  addSessionSymbols:
    '{"status":"success","session":"s2","results":[{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","status":"ok"},{"type":"SymbolUpdate","symbol":"NSE:NOPE-EQ","status":"unknown"}]}',
  dropSessionSymbols:
    '{"status":"success","session":"s2","results":[{"type":"SymbolUpdate","symbol":"NSE:SBIN-EQ","status":"ok"},{"type":"SymbolUpdate","symbol":"NSE:TCS-EQ","status":"not_subscribed"}]}',
  endToken: '{"status":"success","ended":true}',
  offerToken: '{"status":"success","offer":"not_newer"}',
  stopHub: '{"status":"success","pid":1207}',
  checkHealth: '{"status":"ok","state":"live","version":"0.2.0"}',
  logIn: '{"status":"success"}',
} as const;

export const EXAMPLES = Object.fromEntries(
  Object.entries(ANSWERED).map(([id, text]) => [id, JSON.parse(text)]),
) as Readonly<Record<keyof typeof ANSWERED, { readonly data?: unknown }>>;

export const METRICS_EXAMPLE = `# HELP tickpipe_connected 1 while the feed is connected and delivering
# TYPE tickpipe_connected gauge
tickpipe_connected 1

# HELP tickpipe_ticks_total Ticks from the feed
# TYPE tickpipe_ticks_total counter
tickpipe_ticks_total 196
`;
