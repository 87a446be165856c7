// Goal: no member of a stranger's document means something to a runtime or to Podman that it does
// not mean here. Method: names that Go's decoders take for others; documents as they are written.
#include "model/document_spelling.hpp"

#include <gtest/gtest.h>

using namespace floe;

namespace {

bool is_refused(const char* text) {
  const auto document = parse_json(text, "a document");
  EXPECT_TRUE(document) << text;
  const auto checked = check_spelling(*document, "x.tar");
  EXPECT_TRUE(checked || checked.error().code == error_code::archive_refused);
  EXPECT_TRUE(checked || checked.error().subject == "x.tar");
  return !checked;
}

} // namespace

TEST(check_spelling, refuses_known_names_in_another_case) {
  for (const auto* text :
       {R"({"Hooks": {}})", R"({"MOUNTS": []})", R"({"mounts": [{"OPTIONS": ["rbind"]}]})",
        R"({"linux": {"Namespaces": []}})", R"({"Secrets": []})", R"({"OverlayVolumes": []})",
        R"({"namedVolumes": [{"volumeName": "a", "OPTIONS": ["volume-opt=type=none"]}]})",
        R"({"spec": {"Process": {}}})", R"({"newNetworks": {"a": {"Static_IPs": []}}})"})
    EXPECT_TRUE(is_refused(text)) << text;
}

TEST(check_spelling, refuses_letters_that_decoders_take_for_ascii) {
  for (const auto* text : {R"({"hook\u017f": {}})", R"({"hoo\u212as": {}})",
                           R"({"p\u0130d_file": ""})", R"({"\u017fecrets": []})"})
    EXPECT_TRUE(is_refused(text)) << text;
}

TEST(check_spelling, refuses_two_names_that_cannot_be_told_apart) {
  EXPECT_TRUE(is_refused(R"({"whatever": 1, "whatEver": 2})"));
  EXPECT_TRUE(is_refused(R"({"namedVolumes": [{"SubPath": "a", "subPath": "b"}]})"));
}

TEST(check_spelling, leaves_the_keys_of_maps_alone) {
  EXPECT_FALSE(is_refused(R"({"labels": {"Hooks": "a", "hooks": "b"}, "annotations": {"Root": ""},
                              "newNetworks": {"Mounts": {"static_ips": []}},
                              "exposedPorts": {"80": ["tcp"]}})"));
}

/// All of behaviours.md section 19.4.
TEST(check_spelling, accepts_every_name_of_libpods_configuration) {
  EXPECT_FALSE(is_refused(R"({
    "spec": {"linux": {"mountLabel": "a"}}, "id": "", "name": "", "pod": "", "namespace": "",
    "lockID": 1, "CreateCommand": [], "RawImageName": "",
    "idMappingsOptions": {"HostUIDMapping": true, "HostGIDMapping": true, "UIDMap": [
      {"container_id": 0, "host_id": 0, "size": 1}], "GIDMap": null, "AutoUserNs": false,
      "AutoUserNsOpts": {"Size": 0, "InitialSize": 0, "PasswdFile": "", "GroupFile": "",
      "AdditionalUIDMappings": null, "AdditionalGIDMappings": null}}, "Dependencies": [],
    "rootfsImageID": "", "rootfsImageName": "", "rootfs": "", "rootfs_overlay": false, "ShmDir": "",
    "NOShmShare": false, "NoShm": false, "shmSize": 1, "staticDir": "", "mounts": [],
    "namedVolumes": [{"volumeName": "", "dest": "", "options": [], "setAnonymous": true,
      "SubPath": ""}], "overlayVolumes": [{"dest": "", "source": "", "options": []}],
    "ctrImageVolumes": [{"source": "", "dest": "", "rw": true, "subPath": ""}],
    "createWorkingDir": true, "secrets": [{"name": "", "id": "", "labels": {}, "metadata": {},
      "createdAt": "", "driver": "", "driverOptions": {}, "UID": 0, "GID": 0, "Mode": 1,
      "Target": ""}], "secretsPath": "", "storageOpts": null, "volatile": true, "passwd": true,
    "chroot_directories": [], "privileged": false, "ProcessLabel": "", "MountLabel": "",
    "labelopts": [], "user": "", "groups": [], "HostUsers": [], "addCurrentUserPasswdEntry": true,
    "ipcNsCtr": "", "mountNsCtr": "", "netNsCtr": "", "pidNsCtr": "", "userNsCtr": "",
    "utsNsCtr": "", "cgroupNsCtr": "", "createNetNS": true, "staticIP": "", "staticMAC": "",
    "newPortMappings": [{"host_ip": "", "container_port": 1, "host_port": 1, "range": 1,
      "protocol": ""}], "portMappings": [{"hostPort": 1, "containerPort": 1, "protocol": "",
      "hostIP": ""}], "exposedPorts": {"80": ["tcp"]}, "UseImageResolvConf": false,
    "dnsServer": [], "dnsSearch": [], "dnsOption": [], "UseImageHosts": false, "hostsAdd": [],
    "newNetworks": {"a": {"static_ips": [], "aliases": [], "static_mac": "", "interface_name": ""}},
    "networks": [], "networkMode": "", "network_options": {}, "userVolumes": [], "entrypoint": [],
    "command": [], "stdin": true, "labels": {}, "stopSignal": 15, "stopTimeout": 10, "timeout": 0,
    "createdTime": "", "cgroupManager": "", "noCgroups": true, "cgroupsMode": "",
    "cgroupParent": "", "logPath": "", "logTag": "", "logSize": 0, "logDriver": "",
    "conmonPidFile": "", "restart_policy": "", "restart_retries": 1, "postConfigureNetNS": false,
    "runtime": "", "pause": true, "isService": false, "sdnotifyMode": "", "sdnotifySocket": "",
    "systemd": true, "healthcheck": {"Test": [], "StartPeriod": 0, "Interval": 0, "Timeout": 0,
      "Retries": 0}, "healthcheck_on_failure_action": 0, "preserveFds": 0, "timezone": "",
    "umask": "", "pid_file": "", "cdiDevices": [], "device_host_src": [], "secret_env": {},
    "init_container_type": "", "passwd_entry": "", "mountAllDevices": false, "rootfs_mapping": "",
    "shmSizeSystemd": 0, "label_nested": true, "useImageHostname": true, "baseHostsFile": "",
    "group_entry": "", "kubeExitCodePropagation": 0, "healthLogDestination": "",
    "healthMaxLogCount": 0, "healthMaxLogSize": 0, "startupHealthCheck": {"Test": [],
      "Timeout": 0, "successes": 1}, "preserveFd": [], "readWriteTmpfs": true,
    "artifactVolumes": [], "orderedNetworks": [], "logLabels": {}, "defaultPause": true,
    "gpus": []})"));
}

TEST(check_spelling, knows_what_libpod_names_in_its_own_way) {
  EXPECT_FALSE(is_refused(
      R"({"secrets": [{"name": "a", "UID": 0, "GID": 0, "Mode": 292, "Target": "b"}],
          "idMappingsOptions": {"HostUIDMapping": true, "AutoUserNsOpts": {"Size": 0}},
          "healthcheck": {"Test": [], "Timeout": 1}, "NOShmShare": true, "Dependencies": null})"));
  EXPECT_TRUE(is_refused(R"({"process": {"user": {"UID": 0}}})"));
}
