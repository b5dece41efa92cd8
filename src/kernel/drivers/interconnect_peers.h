/* The other side of an interconnect, for a document that brings one side only: see interconnect_peers.c. */
#ifndef _INTERLOCK_INTERCONNECT_PEERS_H_
#define _INTERLOCK_INTERCONNECT_PEERS_H_
#include <linux/dma-buf.h>
#include <linux/dma-buf-interconnect.h>

extern const struct dma_buf_ops interlock_vf_exporter;
extern const struct dma_buf_attach_ops interlock_pf_importer;
extern const struct dma_buf_attach_ops interlock_two_types_importer;
extern const struct dma_buf_attach_ops interlock_other_bar_importer;
extern const struct dma_buf_attach_ops interlock_no_interconnect_importer;

#endif
