/** The public face of the topology folder. */
export * from './address-map.ts';
export { type Built, buildTopology, sizeInBytes } from './build.ts';
export type * from './description.ts';
export { parseTopology, problemLines, TOPOLOGY_SCHEMA } from './parse.ts';
export { DEFAULT_PRESET, PRESETS, presetTopology } from './presets.ts';
export { readTopology } from './read.ts';
export { type ResolvedAddress, resolveAddress } from './resolve.ts';
export * from './topology.ts';
