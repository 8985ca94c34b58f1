/**
 * `chainrule/io`: tensors and small documents in files.
 *
 * @module chainrule/io
 */
export { type Json, readBytes, readJson, readText, writeBytes, writeJson, writeText } from './files.js';
export {
  decodeSafetensors,
  encodeSafetensors,
  loadSafetensors,
  type Safetensors,
  saveSafetensors,
} from './safetensors.js';
