/** Names of drivers that hand functions to guests. */

/** vfio-pci or a variant of it (`mlx5_vfio_pci`, `nvgrace-gpu-vfio-pci`, …). */
export function isVfioName(driver: string): boolean {
  return /(^|[-_])vfio([-_]|$)/.test(driver);
}
