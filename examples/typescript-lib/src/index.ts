export { formatDuration, parseDuration } from "./duration.ts";
export { slug } from "./slug.ts";
export { table, type Align } from "./table.ts";
