/* Nodes of a device tree, and of firmware in general, as drivers walk them: a step drops the reference of what it leaves. */
#ifndef _LINUX_OF_WALKS_H
#define _LINUX_OF_WALKS_H
#include <linux/types.h>

struct device;
struct device_node;
struct fwnode_handle;

#define for_each_child_of_node(parent, child) for (child = of_get_next_child(parent, NULL); child != NULL; child = of_get_next_child(parent, child))
#define for_each_available_child_of_node(parent, child) for (child = of_get_next_available_child(parent, NULL); child != NULL; child = of_get_next_available_child(parent, child))
#define for_each_compatible_node(dn, type, compatible) for (dn = of_find_compatible_node(NULL, type, compatible); dn != NULL; dn = of_find_compatible_node(dn, type, compatible))
#define for_each_node_by_name(dn, name) for (dn = of_find_node_by_name(NULL, name); dn != NULL; dn = of_find_node_by_name(dn, name))
#define for_each_node_by_type(dn, type) for (dn = of_find_node_by_type(NULL, type); dn != NULL; dn = of_find_node_by_type(dn, type))
#define for_each_endpoint_of_node(parent, child) for (child = of_graph_get_next_endpoint(parent, NULL); child != NULL; child = of_graph_get_next_endpoint(parent, child))
#define fwnode_for_each_child_node(fwnode, child) for (child = fwnode_get_next_child_node(fwnode, NULL); child; child = fwnode_get_next_child_node(fwnode, child))
#define fwnode_for_each_available_child_node(fwnode, child) for (child = fwnode_get_next_available_child_node(fwnode, NULL); child; child = fwnode_get_next_available_child_node(fwnode, child))
#define fwnode_graph_for_each_endpoint(fwnode, child) for (child = fwnode_graph_get_next_endpoint(fwnode, NULL); child; child = fwnode_graph_get_next_endpoint(fwnode, child))
#define device_for_each_child_node(dev, child) for (child = device_get_next_child_node(dev, NULL); child; child = device_get_next_child_node(dev, child))

struct device_node *of_get_next_child(const struct device_node *node, struct device_node *prev);
struct device_node *of_get_next_available_child(const struct device_node *node, struct device_node *prev);
struct device_node *of_find_compatible_node(struct device_node *from, const char *type, const char *compatible);
struct device_node *of_find_node_by_name(struct device_node *from, const char *name);
struct device_node *of_find_node_by_type(struct device_node *from, const char *type);
struct device_node *of_graph_get_next_endpoint(const struct device_node *parent, struct device_node *previous);
struct fwnode_handle *fwnode_get_next_child_node(const struct fwnode_handle *fwnode, struct fwnode_handle *child);
struct fwnode_handle *fwnode_get_next_available_child_node(const struct fwnode_handle *fwnode, struct fwnode_handle *child);
struct fwnode_handle *fwnode_graph_get_next_endpoint(const struct fwnode_handle *fwnode, struct fwnode_handle *prev);
struct fwnode_handle *device_get_next_child_node(const struct device *dev, struct fwnode_handle *child);

#endif
