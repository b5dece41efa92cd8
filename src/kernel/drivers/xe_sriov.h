/* What a physical function knows of the share of each of its virtual functions. */
#ifndef _XE_SRIOV_H_
#define _XE_SRIOV_H_
#include "xe_types.h"
#include "xe_device.h"

struct mutex *xe_gt_sriov_pf_master_mutex(struct xe_gt *gt);
struct xe_gt_sriov_config *pf_pick_vf_config(struct xe_gt *gt, unsigned int vfid);
struct xe_bo *xe_gt_sriov_pf_config_get_lmem_obj(struct xe_gt *gt, unsigned int vfid);
u64 xe_gt_sriov_pf_config_get_lmem(struct xe_gt *gt, unsigned int vfid);
int xe_gt_sriov_pf_config_set_lmem(struct xe_gt *gt, unsigned int vfid, u64 size);
int xe_sriov_pf_get_totalvfs(struct xe_device *xe);
unsigned int xe_sriov_pf_num_vfs(const struct xe_device *xe);

#define xe_sriov_pf_assert_vfid(xe, vfid) xe_assert((xe), (vfid) <= (unsigned int)xe_sriov_pf_get_totalvfs(xe))

#endif
